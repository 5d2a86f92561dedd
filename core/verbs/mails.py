"""The verbs over mail: whether the end of runs and long jobs is mailed to who closed the tab; turn that on, or off."""

from __future__ import annotations

from core.backends.base import Backend
from core.backends.schedules import Mail
from core.errors import BadSetting
from core.language import mark, tr
from core.verbs import audit

NEVER = mark("On this machine nothing is mailed: a failed run is told by its exit code, and by the page.")


def mail(backend: Backend) -> Mail | None:
    """Return whether what has ended is mailed; None where nothing ever is. Raises what the backend refuses."""
    return backend.mail()


def switch(backend: Backend, on: bool) -> Mail:
    """Have what has ended mailed from now on, or no more; return how it stands then.

    Raises BadSetting where there is no topic, NameTaken, and what the backend refuses.
    """
    now = backend.mail()
    if now is None or not now.topic:
        raise BadSetting(name="topic", reason=now.words if now else tr(NEVER), source="SENDERO_TOPIC")
    backend.set_mail(on)
    audit.record(backend, "turned on" if on else "turned off", "mail", now.topic)
    return Mail(now.topic, on)
