"""Settings: where they come from, in one place.

Precedence, highest first: what a verb or flag was given, the environment (`SENDERO_*`), the file
`sendero.json` in the current folder, the default. `explain` tells which one a value came from.
"""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, PrivateAttr, ValidationError, field_validator
from pydantic_settings import BaseSettings, JsonConfigSettingsSource, SettingsConfigDict

from core.errors import BadSetting

FILE = "sendero.json"


class Settings(BaseSettings):
    """Typed settings. `Settings.load(workspace=..., backend=...)` is the way in."""

    model_config = SettingsConfigDict(env_prefix="SENDERO_", extra="forbid", frozen=True)

    backend: Literal["local", "aws"] = Field("local", description="Where jobs run: local or aws")
    workspace: Path = Field(Path("sendero-workspace"), description="Folder of data sets, jobs and endpoints")
    max_upload_mb: int = Field(2048, ge=1, le=51200, description="Largest CSV that the app takes, in MB")
    expires_in: str = Field("2h", description="How long an endpoint lives")

    _given: frozenset[str] = PrivateAttr(frozenset())

    @field_validator("expires_in")
    @classmethod
    def _duration(cls, text: str) -> str:
        if not re.fullmatch(r"\d+(\.\d+)?\s*[smhd]", text.strip()):
            raise ValueError("it is not a duration such as 30m, 2h or 1d")
        return text

    @field_validator("workspace")
    @classmethod
    def _folder(cls, workspace: Path) -> Path:
        if workspace.exists() and not workspace.is_dir():
            raise ValueError("it is a file, not a folder")
        return workspace

    @classmethod
    def settings_customise_sources(
        cls, settings_cls, init_settings, env_settings, dotenv_settings, file_secret_settings
    ):
        return init_settings, env_settings, JsonConfigSettingsSource(settings_cls, json_file=FILE)

    @classmethod
    def load(cls, **given: Any) -> Settings:
        """Settings with `given` (None means not given) on top. Raises BadSetting."""
        given = {key: value for key, value in given.items() if value is not None}
        try:
            _check_file()
            settings = cls(**given)
        except ValidationError as error:
            first = error.errors()[0]
            name = str(first["loc"][0]) if first["loc"] else FILE
            source = _source(name, given) if name in cls.model_fields else f"the file {FILE}"
            message = first["msg"].removeprefix("Value error, ")
            reason = f"{message[:1].upper()}{message[1:]} (got {first.get('input')!r})."
            raise BadSetting(name=name, reason=reason, source=source) from error
        except (ValueError, TypeError, OSError) as error:  # a sendero.json that holds no JSON object
            reason = f"The file holds no settings as a JSON object: {error}."
            raise BadSetting(name=FILE, reason=reason, source=f"the file {FILE}") from error
        settings._given = frozenset(given)
        return settings

    def explain(self, name: str) -> tuple[Any, str]:
        """(value, where it came from), e.g. ("local", "environment SENDERO_BACKEND")."""
        return getattr(self, name), _source(name, self._given)


def _check_file() -> None:
    """The file holds one JSON object, or is not there. (Pydantic takes an empty list for an object.)"""
    file = Path(FILE)
    if file.exists() and not isinstance(json.loads(file.read_text(encoding="utf-8")), dict):
        raise TypeError("it holds something else")


def _source(name: str, given: Any) -> str:
    if name in given:
        return "the command line"
    if any(key.upper() == f"SENDERO_{name.upper()}" for key in os.environ):
        return f"environment SENDERO_{name.upper()}"
    file = Path(FILE)
    try:
        if name in json.loads(file.read_text()):
            return f"the file {FILE}"
    except (OSError, ValueError):
        pass  # not there, or broken: then nothing came from it
    return "the default"
