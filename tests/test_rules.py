"""The rules of the architecture (core/README.md, docs/design.md), as tests: who may import whom, and docs in step."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

from core import errors
from core.backends.aws.resources import code
from core.report import palette

ROOT = Path(__file__).resolve().parent.parent
CORE = sorted((ROOT / "core").rglob("*.py"))
PRODUCT = [
    ROOT / "Home.py",
    *sorted((ROOT / "pages").glob("*.py")),
    *CORE,
    *sorted((ROOT / "scripts").glob("*.py")),
]


@cache
def text_of(file: Path) -> str:
    return file.read_text()


@cache
def parsed(file: Path) -> ast.Module:
    return ast.parse(text_of(file))


@cache
def nodes_of(file: Path) -> list[ast.AST]:
    """All of a file's tree, walked once for all rules."""
    return list(ast.walk(parsed(file)))


@cache
def import_statements(file: Path) -> list[ast.Import | ast.ImportFrom]:
    """Every import of a file, anywhere in it."""
    return [node for node in nodes_of(file) if isinstance(node, ast.Import | ast.ImportFrom)]


@cache
def imports(file: Path) -> set[str]:
    """The names of every module that a file imports, relative ones made absolute."""
    names = set()
    for node in import_statements(file):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        else:
            package = file.relative_to(ROOT).parts[: -node.level] if node.level else ()
            base = ".".join([*package, *([node.module] if node.module else [])])
            names |= {base, *(f"{base}.{alias.name}" for alias in node.names)}
    return names


def below(folder: str) -> list[Path]:
    return sorted((ROOT / folder).rglob("*.py"))


def offenders(files: list[Path], forbidden: str) -> list[str]:
    pattern = re.compile(forbidden)
    return [
        f"{file.relative_to(ROOT)}: {name}" for file in files for name in imports(file) if pattern.match(name)
    ]


def test_only_core_ui_imports_streamlit_within_core():
    files = [file for file in CORE if "ui" not in file.relative_to(ROOT / "core").parts[:1]]
    assert files
    assert offenders(files, r"streamlit(\.|$)") == []


@dataclass(frozen=True, slots=True)
class Row:
    """A row of core/README.md's table of rooms."""

    name: str  # of its one room, or of the group
    rooms: tuple[str, ...]
    may_import: frozenset[str]  # names of other rows


def table_of_rooms() -> list[Row]:
    rows = []
    for line in (ROOT / "core" / "README.md").read_text().splitlines():
        first, _, may = (
            [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else [""] * 3
        )
        if rooms := tuple(re.findall(r"`([\w/]+)`", first)):
            group = re.match(r"\*\*(\w+)\*\*", first)
            names = frozenset(re.findall(r"[`*]+([\w/]+)[`*]+", may))
            rows.append(Row(group[1] if group else rooms[0], rooms, names))
    return rows


def row_of(module: str, rows: list[Row]) -> Row | None:
    """The row with the deepest room that `module` is, or is in."""
    path = module.removeprefix("core").lstrip(".").replace(".", "/")
    inside = [
        (len(room), row) for row in rows for room in row.rooms if path == room or path.startswith(f"{room}/")
    ]
    return max(inside, key=lambda pair: pair[0])[1] if inside else None


def modules_of_core() -> dict[str, Path]:
    return {
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file
        for file in CORE
    }


@cache
def arrows() -> dict[str, set[str]]:
    """Each module of core -> those that it imports; `from core.x import y` is `core.x.y` if that is a module."""
    modules = modules_of_core()
    return {
        module: {
            name
            for name in imports(file) & set(modules)
            if not is_only_a_package(modules[name]) and not (only_for_a_module(name, file, set(modules)))
        }
        for module, file in modules.items()
    }


def only_for_a_module(package: str, file: Path, modules: set[str]) -> bool:
    """Whether `file` imports nothing of `package` itself, only modules that are in it."""
    named = [
        f"{package}.{alias.name}"
        for node in import_statements(file)
        if isinstance(node, ast.ImportFrom) and node.module == package
        for alias in node.names
    ]
    return bool(named) and set(named) <= modules


def is_only_a_package(file: Path) -> bool:
    return file.name == "__init__.py" and len(parsed(file).body) <= 1


def test_each_room_imports_what_its_row_says():
    rows = table_of_rooms()
    wrong = []
    for module, imported in arrows().items():
        mine = row_of(module, rows)
        assert mine or module == "core", f"core/README.md has no room for {module}"
        for name in imported if mine else ():
            theirs = row_of(name, rows)
            if theirs and theirs != mine and theirs.name not in mine.may_import:
                wrong.append(f"{module} imports {name}")
    assert wrong == []


def test_no_arrow_of_the_table_runs_up():
    seen: set[str] = set()
    for row in table_of_rooms():
        assert row.may_import <= seen, f"{row.name} may import what stands below it in the table"
        seen.add(row.name)


def test_no_modules_import_each_other_in_a_circle():
    try:
        tuple(TopologicalSorter(arrows()).static_order())
    except CycleError as circle:
        pytest.fail(" -> ".join(circle.args[1]))


def test_what_a_job_imports_travels_with_it():
    travels = re.compile(rf"core(\.({'|'.join(code.ROOMS)})(\.|$)|$)")
    libraries = (
        r"numpy|pyspark|pandas|pyarrow|matplotlib|jinja2|markupsafe|duckdb|narwhals|xgboost|sklearn|scipy|starlette"
        r"|uvicorn|anyio"
        r"|python_calamine|xlsxwriter"  # for workbooks, which a job refuses
        r"|babel"  # which the image lacks: imported for the reader that a face names, and a job names none
    )
    wrong = []
    for module, file in modules_of_core().items():
        for name in imports(file) if travels.match(module) else ():
            top = name.partition(".")[0]
            if not (top in sys.stdlib_module_names or re.match(libraries, top) or travels.match(name)):
                wrong.append(f"{module} imports {name}")
    assert wrong == []


def test_nothing_above_the_seam_names_a_backend():
    files = [file for file in PRODUCT if "backends" not in file.parts]
    assert offenders(files, r"core\.backends\.(local|aws)") == []


@pytest.mark.parametrize("face", ["core/cli", "core/ui", "pages"])
def test_a_face_calls_a_verb(face):
    """Whatever a face wants of a backend has a verb; what a backend is (its name, its capabilities) a face may read."""
    reached = [
        f"{file.relative_to(ROOT)}:{node.lineno}: backend.{node.attr}"
        for file in below(face)
        for node in nodes_of(file)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "backend"
    ]
    assert [each for each in reached if not each.endswith((".name", ".capabilities"))] == []


def test_storage_keys_are_spelled_in_one_module():
    """`core/keys.py` says where a thing is kept; elsewhere no string is built that begins or ends like a key."""
    folders = r"(processing|training|tuning|transform|datasets|endpoints)/\{\}"
    records = r"(.*/)?\{\}/(job|endpoint|dataset)\.json"
    spelled = [
        f"{file.relative_to(ROOT)}:{node.lineno}: {text}"
        for file in [*CORE, *below("pages")]
        if file != ROOT / "core" / "keys.py"
        for node in nodes_of(file)
        if isinstance(node, ast.JoinedStr)
        and re.match(f"({folders}|{records}$)", text := without_values(node))
    ]
    assert spelled == []


def without_values(node: ast.JoinedStr) -> str:
    return "".join(part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)


def test_pages_do_not_compute():
    assert offenders(below("pages"), r"pandas|numpy|duckdb|plotly|xgboost|core\.backends\.local") == []


def test_only_programs_that_are_started_by_their_path_touch_the_import_path():
    """Everything else is started with the project's folder on it."""
    files = [file for file in [*PRODUCT, *below("tests")] if re.search(r"sys\.path\b", text_of(file))]
    assert sorted(file.name for file in files) == ["bench.py", "eda_script.py", "pictures.py"]


def test_nothing_unpickles():
    assert offenders(PRODUCT, r"(pickle|joblib|dill|cloudpickle|shelve|marshal)(\.|$)") == []


@pytest.mark.parametrize("file", sorted((ROOT / "pages").glob("*.py")), ids=lambda file: file.stem)
def test_every_page_opens_with_the_shared_call_and_stays_short(file):
    text = file.read_text()
    assert re.search(rf'header\.open\(\s*"{file.stem}"', text)
    assert len(text.splitlines()) < 150


def test_one_module_names_what_a_visit_keeps():
    """Of two that spell a key of `st.session_state` one would be changed without the other."""
    files = [*below("core"), *below("pages"), ROOT / "Home.py"]
    users = [str(file.relative_to(ROOT)) for file in files if "session_state" in text_of(file)]
    assert users == ["core/ui/state.py"]


def test_start_up_path_of_the_pages_is_light():
    """Nothing that only jobs need is imported to draw a page."""
    heavy = ("xgboost", "matplotlib", "boto3", "sagemaker", "sklearn", "scipy", "optuna", "mlflow")
    code = (
        "import sys;"
        "from core.ui import backend_form, charts, costs, dataset_form, endpoints, evaluation, hyperparameters, jobs;"
        "from core.ui import page, predict, report, router; from core.verbs import eda, training, predict as verb;"
        "from core.backends import get_backend;"
        "from core.settings import Settings; get_backend(Settings.load(workspace='unused')).jobs();"
        f"print([name for name in {heavy!r} if sys.modules.get(name)])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def error_classes() -> list[type[errors.SenderoError]]:
    def all_below(cls):
        return [cls, *(found for child in cls.__subclasses__() for found in all_below(child))]

    for file in CORE:  # subclasses elsewhere count too, once their modules are imported
        if "SenderoError" in text_of(file) and "ui" not in file.parts and "__main__" not in file.name:
            __import__(".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
    bases = (errors.SenderoError, errors.DataError, errors.JobError, errors.EndpointError, errors.AwsError)
    return [cls for cls in all_below(errors.SenderoError) if cls not in bases]


@pytest.mark.parametrize("cls", error_classes(), ids=lambda cls: cls.__name__)
def test_every_error_says_what_why_and_what_next(cls):
    facts = dict.fromkeys(re.findall(r"{(\w+)", cls.what + cls.why + cls.remedy), 1)
    failure = cls(**facts).failure
    for sentence in (failure.what, failure.why, failure.remedy):
        assert sentence.strip()
        assert "{" not in sentence
    assert cls.remedy is not errors.SenderoError.remedy, "an error carries a remedy of its own"


def undocumented(file: Path) -> list[str]:
    """Its public classes and functions without a docstring, and the module itself without one."""
    tree = parsed(file)
    named = [
        node
        for node in tree.body
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and not node.name.startswith("_")
        # An error's three templates are its documentation.
        and not (isinstance(node, ast.ClassDef) and any(is_error_template(line) for line in node.body))
    ]
    missing = [node.name for node in named if not ast.get_docstring(node)]
    return missing if ast.get_docstring(tree) or not tree.body else [*missing, "the module"]


def is_error_template(line: ast.stmt) -> bool:
    return isinstance(line, ast.Assign) and ast.unparse(line.targets[0]) in ("what", "why", "remedy")


def test_public_classes_and_functions_of_core_have_docstrings():
    missing = {str(file.relative_to(ROOT)): undocumented(file) for file in CORE}
    assert {file: names for file, names in missing.items() if names} == {}


NO_VERB = re.compile(
    "a|all|an|any|as|at|both|by|each|every|for|from|has|how|if|in|is|it|its|none|not|of|on|one|only|or|raises|some|such"
    "|that|the|their|there|these|this|those|to|two|what|when|where|whether|which|who|why|with"
)


def test_docstrings_of_functions_begin_with_a_verb():
    """As far as the first word tells; above the verbs, where parts of pages are drawn, it is left to the reader."""
    wrong = []
    for file in CORE:
        if "ui" in file.relative_to(ROOT / "core").parts[:1]:
            continue
        for node in nodes_of(file):
            text = ast.get_docstring(node) if isinstance(node, ast.FunctionDef) else None
            first = re.match(r"\W*(\w*)", text)[1] if text else "Return"
            if text and (not text[0].isupper() or NO_VERB.fullmatch(first.lower())):
                wrong.append(f"{file.relative_to(ROOT)}:{node.lineno}: {text.splitlines()[0]}")
    assert wrong == []


def private_names_of_core(file: Path) -> list[str]:
    """What a test takes of core that core keeps to itself: `from core.x import _y`, or `x._y` of such a module."""
    modules, taken = set(), []
    for node in import_statements(file):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == "core":
            modules |= {alias.asname or alias.name for alias in node.names}
            taken += [alias.name for alias in node.names if alias.name.startswith("_")]
    for node in nodes_of(file):
        private = isinstance(node, ast.Attribute) and re.match(r"_[^_]", node.attr)
        if private and isinstance(node.value, ast.Name) and node.value.id in modules:
            taken.append(ast.unparse(node))
    return taken


@pytest.mark.parametrize(
    "folder",
    sorted({file.parent for file in below("tests")}),
    ids=lambda it: it.name,
)
def test_no_test_takes_a_private_name_of_core(folder):
    """So that core may be rewritten behind its public names."""
    taken = {file.name: private_names_of_core(file) for file in folder.glob("*.py")}
    assert {file: names for file, names in taken.items() if names} == {}


def test_every_dependency_has_its_row_in_the_readme():
    listed = re.findall(r"^([A-Za-z0-9-]+)", (ROOT / "requirements.txt").read_text(), flags=re.M)
    readme = (ROOT / "README.md").read_text()
    assert [name for name in listed if f"`{name}`" not in readme] == []


def test_every_verb_and_flag_is_in_the_readme():
    from core.cli import parser
    from core.cli.commands import COMMANDS

    actions = parser.build()._subparsers._group_actions[0].choices
    assert set(actions) == set(COMMANDS)
    readme = (ROOT / "README.md").read_text()
    assert [verb for verb in COMMANDS if f"`{verb}" not in readme] == []
    flags = {flag for verb in actions.values() for action in verb._actions for flag in action.option_strings}
    assert [flag for flag in sorted(flags - {"-h", "--help"}) if flag not in readme] == []


def test_every_setting_is_in_the_readme():
    from core.settings import Settings

    readme = (ROOT / "README.md").read_text()
    assert [name for name in Settings.model_fields if f"SENDERO_{name.upper()}" not in readme] == []


def test_readme_links_and_pictures_exist():
    readme = (ROOT / "README.md").read_text()
    targets = re.findall(r"\]\(([^)#]+?)\)", readme)
    assert targets
    assert [target for target in targets if "://" not in target and not (ROOT / target).exists()] == []


def test_charts_have_one_palette():
    """The theme of the pages and the report's stylesheet show the colours that core/report/palette.py names."""
    theme = tomllib.loads((ROOT / ".streamlit/config.toml").read_text())["theme"]
    assert theme["chartCategoricalColors"] == list(palette.COLORS)
    assert theme["dark"]["chartCategoricalColors"] == list(palette.ON_DARK)
    assert theme["chartSequentialColors"] == list(palette.SEQUENTIAL)
    assert theme["chartDivergingColors"] == list(palette.DIVERGING)
    light = (ROOT / "core/report/pictures.css").read_text().partition("@media")[0]
    assert re.findall(r"--p\d:(#\w+)", light) == list(palette.COLORS)


# Its text is a job's own, kept for everybody, or a program that goes away alone.
ENGLISH = ("container", "eda", "takeaway", "training_code", "workbooks", "numbers.py")


def test_one_module_writes_thousands_and_percent():
    """Python's own `,` and `%` know English alone: `core/numbers.py` writes as the reader's locale does."""
    found = []
    for file in PRODUCT:
        at = (
            file.relative_to(ROOT / "core").parts[0] if file.is_relative_to(ROOT / "core") else file.parts[-2]
        )
        if at in (*ENGLISH, "scripts"):
            continue
        for node in nodes_of(file):
            if isinstance(node, ast.FormattedValue) and isinstance(node.format_spec, ast.JoinedStr):
                form = "".join(
                    part.value for part in node.format_spec.values if isinstance(part, ast.Constant)
                )
                if "," in form or form.endswith("%"):
                    found.append(f"{file.name}:{node.lineno} {form}")
    assert found == []


def test_numbers_in_tables_follow_the_browser_as_those_in_words_do():
    columns = re.compile(r'(?:Number|Progress)Column\([^)]*format="(?!localized|percent)[^"]*"')
    assert [file.name for file in PRODUCT if columns.search(text_of(file))] == []
