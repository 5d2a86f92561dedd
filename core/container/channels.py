"""Input channels: which the container accepts, and what a content type means.

Imports neither numpy nor XGBoost. Source: the `channels` of `schema/algorithm_schema.json` in the recordings.
"""

from __future__ import annotations

from collections.abc import Mapping

from core.container.errors import UserError

CSV = "csv"
LIBSVM = "libsvm"
PARQUET = "parquet"
RECORDIO_PROTOBUF = "recordio-protobuf"

_FORMATS = {
    CSV: CSV,
    LIBSVM: LIBSVM,
    PARQUET: PARQUET,
    RECORDIO_PROTOBUF: RECORDIO_PROTOBUF,
    "text/csv": CSV,
    "text/libsvm": LIBSVM,
    "text/x-libsvm": LIBSVM,
    "application/x-parquet": PARQUET,
    "application/x-recordio-protobuf": RECORDIO_PROTOBUF,
}
DEFAULT_CONTENT_TYPE = "text/libsvm"
# Everything but libsvm can be piped.
_NOT_PIPED = (LIBSVM, "text/libsvm", "text/x-libsvm")
_DISTRIBUTIONS = ("ShardedByS3Key", "FullyReplicated")

Channel = dict[str, str]


def parse_header(text: str) -> tuple[str, dict[str, str]]:
    """Read `text/csv; label_size=1` as (`text/csv`, {`label_size`: `1`}). Parameters without `=` are dropped."""
    kind, *rest = text.split(";")
    parameters = {}
    for part in rest:
        name, equals, value = part.partition("=")
        if equals:
            value = value.strip()
            if len(value) >= 2 and value[0] == value[-1] == '"':
                value = value[1:-1].replace("\\\\", "\\").replace('\\"', '"')
            parameters[name.strip().lower()] = value
    return kind.strip(), parameters


def data_format(content_type: str | None) -> str:
    """Return the format that a content type stands for: csv, libsvm, parquet or recordio-protobuf.

    None means libsvm. Parameters are ignored, but for `label_size`, which must be 1 for CSV.

    Raises:
        UserError: unknown content type, or another label_size.
    """
    if content_type is None:
        return LIBSVM
    kind, parameters = parse_header(content_type.lower())
    if kind not in _FORMATS:
        raise UserError(f"{content_type} is not an accepted ContentType: {', '.join(_FORMATS)}.")
    if _FORMATS[kind] == CSV and parameters.get("label_size", "1") != "1":
        raise UserError(
            f"{content_type} is not an accepted csv ContentType. Optional parameter label_size must be equal to 1"
        )
    return _FORMATS[kind]


def validate_channels(given: Mapping[str, Channel]) -> dict[str, Channel]:
    """Check `inputdataconfig.json` as the container does.

    Returns:
        channel -> its configuration, the default content type (libsvm) filled in.

    Raises:
        UserError: train is missing, a channel is unknown, or its combination of ContentType, TrainingInputMode
            and S3DistributionType is not one of the container's.
        KeyError: TrainingInputMode or S3DistributionType is missing.
    """
    if "train" not in given:
        raise UserError("Missing required channel: train")
    checked = {}
    for name, configuration in given.items():
        if name not in ("train", "validation", "code"):
            raise UserError(f"Extraneous channel found: {name}")
        channel = {**configuration}
        channel.setdefault("ContentType", DEFAULT_CONTENT_TYPE)
        combination = (channel["ContentType"], channel["TrainingInputMode"], channel["S3DistributionType"])
        if not _supported(name, *combination):
            raise UserError(f"Channel configuration for '{name}' channel is not supported: {channel}")
        checked[name] = channel
    return checked


def _supported(name: str, content_type: str, input_mode: str, distribution: str) -> bool:
    if name == "code":
        return (content_type, input_mode, distribution) == ("text/python", "File", "FullyReplicated")
    if content_type not in _FORMATS or distribution not in _DISTRIBUTIONS:
        return False
    return input_mode == "File" or (input_mode == "Pipe" and content_type not in _NOT_PIPED)
