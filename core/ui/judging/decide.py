"""The tab Decide: from which probability on a model's rows are acted on, by what errors cost or what can be acted on.

What moves with the slider is the validation split, on which one chooses; what a choice is worth is told on the test
split, once. Of a model that was cross-validated it is all rows, out of fold.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import streamlit as st

from core.backends.base import Backend
from core.judging import decision as thresholds
from core.judging import decision_words, encoded_columns, referral
from core.judging.decision import Amounts, Capacity
from core.judging.decision_file import Decision
from core.judging.referral import Part, Referral
from core.language import mark, tr
from core.numbers import count, integer, number, share
from core.ui import artifacts, number_field, page, state
from core.ui.judging import decide_charts
from core.ui.number_field import Entered, Looks
from core.verbs import decide
from core.verbs.decide import Decided, Judged, Noticed
from core.verbs.judged import decision_of
from core.verbs.out_of_fold import JudgingRows, judging_rows

HEIGHT = 185  # of a chart
SWITCH = 40  # of what stands above one
RARE = 0.2  # of the rarer class; below it is said what to do about it
ON_TEST = mark(
    "The figures below are of the validation split, on which one chooses. What the choice costs on the test split is"
    " told once it is saved."
)
OUT_OF_FOLD = mark(
    "The figures below are of all rows, each by the model of a fold that has not seen it. What the choice costs is told"
    " once it is saved: of each fifth of the rows, what the others would have chosen costs there."
)
CAPACITY = mark(
    "How many rows in some time, such as 200 a week, of how many that come in it. It is counted as a share: at most so"
    " many of the rows that one chooses on are at and above the threshold."
)
BY_ROW = mark(
    "What an error costs may stand in each row, such as the amount of an order: it then costs so many times what the"
    " row has in the column."
)
NEAR = mark(
    "A row whose probability is in this range is not decided: its decision is to ask a person. The errors are mostly"
    " near the threshold. As the threshold it is a probability before calibration."
)
UNSEEN = mark("Also a row with a value that never occurred in training, such as a new carrier.")
BEYOND = mark("Also a row with a number that is beyond its range in training.")
SAVED = mark(
    "Saved. Every way to predict takes it from now on: the form, files, Batch Transform, the command line."
)
EACH = mark("1: each row costs the same")
STEPS = 400  # of the slider, at most
KEPT = 8  # models, for all visits together


def show(backend: Backend, training_job: str) -> None:
    """Draw the tab of a model that was judged."""
    contract = artifacts.model_contract(backend, training_job)
    problem = contract.label.problem
    if problem != "binary":
        if problem == "regression":
            told = tr(
                "There is nothing to decide by a threshold: this model predicts a number. Its predictions are used as"
                " they are."
            )
        else:
            told = tr(
                "There is nothing to decide by a threshold: this model predicts one of several classes. Its predictions"
                " are used as they are."
            )
        st.info(told, icon=":material/rule:")
        return
    _board(
        backend,
        training_job,
        judging_rows(backend, training_job),
        encoded_columns.amount_columns(contract),
    )


@st.cache_resource(show_spinner=False, max_entries=KEPT)
def _scores(
    _backend: Backend,
    _rows: JudgingRows,
    states: tuple[tuple[str, int, int], ...],
    training_job: str,
    columns: tuple[str, str],
) -> Judged:
    return decide.scores(_backend, _rows, training_job, columns)


@st.cache_resource(show_spinner=False, max_entries=KEPT)
def _flags(
    _backend: Backend, states: tuple[tuple[str, int, int], ...], training_job: str, columns: tuple[str, str]
) -> Noticed | None:
    return decide.noticed(_backend, training_job, columns)


def _noticed(
    backend: Backend, training_job: str, rows: JudgingRows, columns: tuple[str, str]
) -> Noticed | None:
    with st.spinner(tr("Reading the rows"), show_time=False):
        return _flags(backend, _states(rows), training_job, columns)


def _states(rows: JudgingRows) -> tuple[tuple[str, int, int], ...]:
    """Return what tells the files of rows from others, and from themselves once they are written anew."""
    paths = [each.predictions for each in (rows.choosing, rows.telling)]
    return tuple((str(path), path.stat().st_mtime_ns, path.stat().st_size) for path in paths)


def _scored(backend: Backend, training_job: str, rows: JudgingRows, columns: tuple[str, str]) -> Judged:
    return _scores(backend, rows, _states(rows), training_job, columns)


@st.fragment
def _board(backend: Backend, training_job: str, rows: JudgingRows, columns: tuple[str, ...]) -> None:
    with page.errors_shown(), st.container(gap="xsmall"):
        stored = decision_of(backend, training_job)
        _stands(stored, _scored(backend, training_job, rows, ("", "")), training_job)
        amounts, capacity, calibrate, readable = _asked(training_job, stored)
        with st.container(horizontal=True, vertical_alignment="bottom"):
            left = st.container()
            if columns:
                with st.popover(tr("By column"), icon=":material/view_column:"):
                    amounts = _by_column(training_job, amounts, stored, columns)
            person, right = (st.container(width="content") for _ in range(2))
        scored = _scored(backend, training_job, rows, amounts.columns)
        chosen = decide.propose(scored, amounts, capacity, calibrate=calibrate)
        with left:
            threshold = _slider(training_job, scored, chosen.decision, stored)
        with person, st.popover(tr("Ask a person"), icon=":material/person_raised_hand:"):
            ask, usable = _ask_person(training_job, threshold, stored)
        if ask or threshold != chosen.decision.threshold:
            given = None if threshold == chosen.decision.threshold else threshold
            flags = _noticed(backend, training_job, rows, amounts.columns) if ask and ask.by_flags else None
            limit = None if given is not None else capacity
            chosen = decide.propose(scored, amounts, limit, given, calibrate, ask, flags)
        with right:
            _save(backend, training_job, chosen, stored, locked=not (readable and usable))
        if scored.out_of_fold:
            st.caption(
                tr(
                    "Judged on {rows} rows out of fold, instead of the few of the test split.",
                    rows=integer(scored.out_of_fold),
                ),
                help=tr(OUT_OF_FOLD),
            )
        _figures(scored, chosen)
        _pictures(training_job, scored, chosen)


def _stands(stored: Decision | None, scored: Judged, training_job: str) -> None:
    """Say what is decided now, and what to do about a rare class."""
    if stored is None:
        st.markdown(
            page.plain(
                tr(
                    "Nothing is decided yet: rows are predicted as {positive} from a probability of 50% on."
                    " Say what errors cost, or how many rows can be acted on.",
                    positive=scored.positive,
                )
            )
        )
    else:
        told = page.plain(f"{decision_words.rule(stored, scored.positive)} {decision_words.costs(stored)}")
        if state.decision_saved(training_job).get() == stored.number:
            # A box of its own would push the pictures out of sight.
            told = f":green-badge[:material/verified: {tr(SAVED)}] {told}"
        signed = decision_words.signed(stored, page.clock)
        st.markdown(told, help=page.plain(tr("By {signed}.", signed=signed)))
    positives, rows = int(scored.validation.positives.sum()), max(scored.validation.rows, 1)
    rarer, many = (
        (scored.classes[1], positives) if positives < rows / 2 else (scored.classes[0], rows - positives)
    )
    if many / rows < RARE:
        st.caption(
            page.plain(
                tr(
                    "Only {share} of the rows are {rarer}: leave the data alone, and choose the threshold."
                    " To weight or draw rows anew changes what the probabilities say, and wins nothing.",
                    share=share(many / rows),
                    rarer=rarer,
                )
            )
        )


def _asked(training_job: str, stored: Decision | None) -> tuple[Amounts, Capacity | None, bool, bool]:
    """Ask what errors cost, how many rows can be acted on, and whether to calibrate; return also whether all that was
    typed can be used.
    """
    amounts = stored.amounts if stored else Amounts()
    limit = stored.capacity if stored else None
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        miss = _number(training_job, mark("A miss costs"), amounts.miss)
        alarm = _number(training_job, mark("A false alarm"), amounts.false_alarm)
        rows = _number(training_job, mark("I can act on"), limit.rows if limit else None, tr(CAPACITY))
        of = _number(training_job, mark("of so many rows"), limit.of if limit else float(thresholds.PER))
        calibrate = st.toggle(
            tr("Calibrate"),
            bool(stored and stored.calibration),
            key=state.decision_field(training_job, "calibrate").key,
            help=tr(
                "Fit the probabilities to how often they came true on the validation split (isotonic regression)."
                " It changes what is shown, and not which rows are acted on."
            ),
        )
    readable = _told(miss, alarm, rows, of)
    capacity = Capacity(rows.value, of.value or thresholds.PER) if rows.value else None
    return Amounts(miss.value or 0.0, alarm.value or 0.0), capacity, calibrate, readable


def _by_column(
    training_job: str, amounts: Amounts, stored: Decision | None, columns: tuple[str, ...]
) -> Amounts:
    """Return the amounts, times what stands in a column of the row where one is chosen."""
    known = stored.amounts if stored else Amounts()
    st.caption(tr(BY_ROW))
    miss = _column(training_job, mark("A miss, times"), known.miss_column, columns)
    alarm = _column(training_job, mark("A false alarm, times"), known.false_alarm_column, columns)
    return replace(amounts, miss_column=miss, false_alarm_column=alarm)


def _number(training_job: str, label: str, value: float | None, help: str | None = None) -> Entered:
    key = state.decision_number(training_job, label).key
    return number_field.draw(tr(label), value, key, low=0.0, placeholder=tr("no limit"), help=help, width=128)


def _told(*fields: Entered) -> bool:
    """Tell of what was typed, below the fields; return whether all of it can be used."""
    for each in fields:
        number_field.tell(each)
    return not any(each.wrong for each in fields)


def _column(training_job: str, label: str, value: str, columns: tuple[str, ...]) -> str:
    """Ask for the column that an amount is taken times; "" where all rows cost the same."""
    options = ["", *columns]
    chosen = st.selectbox(
        tr(label),
        range(len(options)),
        index=options.index(value) if value in columns else 0,
        format_func=lambda place: page.label(options[place]) if place else tr(EACH),
        key=state.decision_column(training_job, label).key,
    )
    return options[chosen]


def _slider(training_job: str, scored: Judged, proposed: Decision, stored: Decision | None) -> float:
    """Return the threshold: the proposed one, or the stored one of the same question, until the slider is moved.

    Each question has a slider of its own: who types an amount and clicks at once sends the value of the slider that
    stood there before, which is no answer to the new question.
    """
    asked = (proposed.amounts, proposed.capacity)
    entry = state.decision_threshold(training_job, asked)
    known = stored if stored and (stored.amounts, stored.capacity) == asked else proposed
    start = entry.start(known.threshold)
    options = _options(scored, start, proposed.threshold)
    return st.select_slider(
        tr("Act on a row from this probability on (before calibration)")
        if proposed.calibration
        else tr("Act on a row from this probability on"),
        options,
        key=entry.key,
        format_func=decision_words.percent,
        help=tr(
            "The choice by your amounts is {threshold}.", threshold=decision_words.percent(proposed.threshold)
        ),
    )


def _ask_person(training_job: str, threshold: float, stored: Decision | None) -> tuple[Referral | None, bool]:
    """Ask which rows are left to a person, None where none are; return also whether what was typed can be used."""
    known = (stored.referral if stored else None) or Referral()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        first = _percent(training_job, mark("Ask a person from (%)"), known.low)
        last = _percent(training_job, mark("up to (%)"), known.high)
    usable = _told(first, last)
    low, high = (None if each.value is None else each.value / 100 for each in (first, last))
    unseen, beyond = (
        st.toggle(tr(label), value, key=state.decision_field(training_job, label).key, help=tr(help))
        for label, value, help in (
            (mark("and of unseen values"), known.unseen, UNSEEN),
            (mark("and out of range"), known.out_of_range, BEYOND),
        )
    )
    if low is not None or high is not None:
        low, high = low or 0.0, 1.0 if high is None else high
        if not low <= threshold <= high or low == high:
            near = decision_words.percent(threshold)
            st.warning(
                tr("The range is left out: the threshold, {threshold}, has to be in it.", threshold=near),
                icon=":material/rule:",
            )
            low = high = None
    ask = Referral(low, high, unseen, beyond)
    return ask if ask != Referral() else None, usable


def _percent(training_job: str, label: str, value: float | None) -> Entered:
    begun, key = None if value is None else 100 * value, state.decision_number(training_job, label).key
    looks: Looks = {"placeholder": tr("nobody"), "help": tr(NEAR), "width": 165}
    return number_field.draw(tr(label), begun, key, 0.0, 100.0, **looks)


def _options(scored: Judged, *more: float | None) -> list[float]:
    """Return thresholds as people write them, each of which acts on other rows than the last, and `more` of them."""
    at = thresholds.curve(scored.validation, thresholds.THRESHOLDS)
    below = (at["passed"] + at["misses"]) / max(scored.validation.rows, 1)
    _, first = np.unique((STEPS * below).astype(int), return_index=True)
    always = (0.0, thresholds.HALF, 1.0, *(each for each in more if each is not None))
    return sorted({*thresholds.THRESHOLDS[first].tolist(), *always})


def _figures(scored: Judged, chosen: Decided) -> None:
    """Draw what the threshold makes of the validation split: what it costs, and who is acted on."""
    counts, amounts = chosen.validation, chosen.decision.amounts
    half, here = (
        thresholds.cost(scored.validation, at, amounts) for at in (thresholds.HALF, chosen.decision.threshold)
    )
    saved, cost = half - here, number(here, 3)
    apart = number(abs(saved), 3)
    told = (
        tr("{cost} more than at 50%", cost=apart) if saved < 0 else tr("{cost} less than at 50%", cost=apart)
    )
    with st.container(horizontal=True, gap="small"):  # all beside each other, on a phone by twos
        for label, value, note in (
            (tr("Cost per {rows} rows", rows=integer(thresholds.PER)), cost, told),
            (
                tr("Acted on"),
                share(counts.acted_on / max(counts.rows, 1)),
                tr(
                    "{rows}, {others} rightly not",
                    rows=count(counts.acted_on, "row", "rows"),
                    others=integer(counts.passed),
                ),
            ),
            (
                tr("Precision"),
                share(counts.precision),
                tr(
                    "{right} right, {wrong} false",
                    right=integer(counts.hits),
                    wrong=integer(counts.false_alarms),
                ),
            ),
            (
                tr("Recall"),
                share(counts.recall),
                tr(
                    "{found} found, {missed} missed",
                    found=integer(counts.hits),
                    missed=integer(counts.misses),
                ),
            ),
            *_asked_figures(scored, chosen),
        ):
            st.metric(label, value, delta=note, delta_color="off", delta_arrow="off", width="content")


def _asked_figures(scored: Judged, chosen: Decided) -> list[tuple[str, str, str]]:
    """Return what a person is asked about on the validation split, by the range alone, and what the others cost."""
    decision = chosen.decision
    if decision.referral is None or decision.referral.low is None:
        return []
    band = replace(decision.referral, unseen=False, out_of_range=False)
    told = referral.tell(band, [Part(scored.validation, decision.threshold)], decision.amounts)
    assert told.asked and told.cost
    cost = tr("the others cost {cost}", cost=number(told.cost.value, 3))
    return [(tr("For a person"), share(told.asked.value / thresholds.PER), cost)]


def _pictures(training_job: str, scored: Judged, chosen: Decided) -> None:
    """Draw the cost by threshold, and beside it the curve that is chosen."""
    from core.ui import charts  # late: a page without a chart is drawn without Plotly

    decision = chosen.decision
    left, right = st.columns(2)
    with left:
        figure, words = decide_charts.cost(scored.validation, decision.amounts, decision.threshold)
        charts.draw(figure, words, height=HEIGHT)
        st.caption(page.plain(words))
    with right:
        kind = st.selectbox(  # four radio buttons take two lines
            tr("Curve"),
            decide_charts.CURVES,
            format_func=tr,
            key=state.decision_field(training_job, "curve").key,
            label_visibility="collapsed",
        )
        figure, words = decide_charts.curve(kind, scored, decision.threshold, decision.calibration)
        charts.draw(figure, words, height=HEIGHT - SWITCH)
        st.caption(page.plain(words))


def _save(
    backend: Backend, training_job: str, chosen: Decided, stored: Decision | None, locked: bool
) -> None:
    """Draw the button that writes the decision over the one that was on the page when it was clicked."""
    entry, now = state.decision_seen(training_job), stored.number if stored else 0
    seen = entry.get()
    entry.set(now)
    if st.button(
        tr("Save decision"),
        type="primary",
        icon=":material/gavel:",
        key=f"decide-{training_job}",
        help=tr(OUT_OF_FOLD if chosen.decision.out_of_fold else ON_TEST),
        disabled=locked,
    ):
        with page.errors_shown():
            written = decide.decide(backend, training_job, chosen, now if seen is None else seen)
            state.decision_saved(training_job).set(written.number)
            st.rerun()
