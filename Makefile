# Two ways in: `make run` and `make test`. Both set up all they need; the first time takes a minute or two.

# Where the environment forbids it, every one of the many processes would compile its imports again.
unexport PYTHONDONTWRITEBYTECODE

VENV   := .venv
PYTHON := $(VENV)/bin/python

.PHONY: run test fast lint style bench pictures catalogues clean

run: $(VENV)/.app            ## set up, then start the app on the local backend
	$(PYTHON) -m streamlit run Home.py

# One worker more than two processors: tests wait for jobs and pages too. With two more each waits for the others.
# The type checker runs beside the other tests, as one of them (tests/test_types.py).
test: $(VENV)/.dev chromium java libreoffice style  ## set up, then the whole suite
	$(PYTHON) -m pytest -n 3 --dist loadfile

# These tests wait for next to nothing, and a worker's start takes seconds of a processor: one worker a processor.
fast: $(VENV)/.dev           ## no browser, no AWS double, nothing slow: under a minute
	$(PYTHON) -m pytest -n 2 --dist loadfile --ignore tests/browser --ignore tests/live \
	  -m "not browser and not slow and not aws and not spark and not live"

lint: style                  ## style, and the types of the whole product
	$(PYTHON) -m basedpyright

style: $(VENV)/.dev
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .

bench: $(VENV)/.dev          ## ratios, measured side by side in one run
	$(PYTHON) scripts/bench.py

pictures: $(VENV)/.dev chromium  ## the README's pictures, from the running app
	$(PYTHON) scripts/pictures.py

catalogues: $(VENV)/.dev      ## the texts in the code beside their translations, and these compiled
	$(PYTHON) -m scripts.catalogues

# uv fills the environment in a fraction of pip's time; it lives in the environment itself.
$(PYTHON):
	python3 -c 'import sys; sys.exit("Sendero needs Python 3.11 or newer.") if sys.version_info < (3, 11) else None'
	python3 -m venv $(VENV)
	$(PYTHON) -m pip install --quiet uv

$(VENV)/.app: $(PYTHON) requirements.txt
	$(PYTHON) -m uv pip install --quiet --python $(PYTHON) -r requirements.txt
	@touch $@

$(VENV)/.dev: $(VENV)/.app requirements-dev.txt
	$(PYTHON) -m uv pip install --quiet --python $(PYTHON) -r requirements-dev.txt
	@touch $@

# Debian's chromium, Java for Spark and LibreOffice for workbooks, where we may install them; elsewhere the tests say
# why they were skipped.
.PHONY: chromium java libreoffice
chromium: PACKAGE := chromium
java: PACKAGE := default-jre-headless
libreoffice: PACKAGE := libreoffice-calc
chromium java libreoffice:
	@if ! command -v $@ >/dev/null && command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y $(PACKAGE) >/dev/null; fi

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache
