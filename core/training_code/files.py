"""The parts that bring the files of a run to where they are read, and read them."""

from __future__ import annotations

from core.training_code.run import Part, Run


def parts(run: Run, way: str) -> list[Part]:
    """Return the parts that bring the files to where they are read, and read them."""
    found: list[Part] = []
    if run.in_s3 or way != "xgboost":
        region = "" if way == "xgboost" else "region_name=REGION"
        found.append(Part("", f'session = boto3.Session({region})\ns3 = session.client("s3")\n{_ADDRESS}'))
    if run.in_s3:
        folder = f"again-{run.training_job}"
        text = f"Files of the run are fetched into the folder {folder}."
        found.append(Part(text, f'Path("{folder}").mkdir(exist_ok=True)\nos.chdir("{folder}")\n\n{_FETCH}'))
    elif way == "xgboost":
        found.append(Part("", "os.chdir(ROOT)\n"))
    else:
        found.append(Part("", f"os.chdir(FILES)\n\n{_UPLOAD}"))
    needed = ""
    if run.in_s3:
        wanted = "CHANNELS.values()" if way == "xgboost" else '[CHANNELS.get("validation", [])]'
        needed = f"fetch(TEST)\nfor folders in {wanted}:\n    for folder in folders:\n        fetch(folder)\n"
    if way != "xgboost" and not run.in_s3:
        needed = "for folders in CHANNELS.values():\n    for folder in folders:\n        upload(folder)\n"
    if needed:
        found.append(Part("", needed))
    return [*found, Part("", _MATRIX)]


_ADDRESS = '''

def parts_of(address):
    """Return the bucket and the key of an address in S3."""
    bucket, _, key = address.removeprefix("s3://").partition("/")
    return bucket, key
'''
_FETCH = '''\
def fetch(folder):
    """Copy the CSV files of a folder in S3 to the same folder here."""
    bucket, prefix = parts_of(f"{ROOT}/{folder}/")
    Path(folder).mkdir(parents=True, exist_ok=True)
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for item in page.get("Contents", []):
            s3.download_file(bucket, item["Key"], f"{folder}/{item['Key'].rpartition('/')[2]}")
'''
_UPLOAD = '''\
def upload(folder):
    """Copy the CSV files of a folder here to the same folder in S3."""
    bucket, prefix = parts_of(f"{ROOT}/{folder}")
    for file in glob.glob(f"{folder}/*.csv"):
        s3.upload_file(file, bucket, f"{prefix}/{os.path.basename(file)}")
'''
_MATRIX = '''\
def matrix(*folders, weighted=False):
    """Read CSV files: the label first, then the weight if there is one, then the features; blank is missing."""
    files = [file for folder in folders for file in sorted(glob.glob(f"{folder}/*.csv"))]
    if not files:
        raise SystemExit(f"There is no CSV file in {', '.join(folders)}: set where the files of the run are.")
    parts = [pd.read_csv(file, header=None, float_precision="round_trip") for file in files]
    rows = pd.concat(parts, ignore_index=True).to_numpy("float32")
    weights = rows[:, 1] if weighted else None
    return xgb.DMatrix(rows[:, 2 if weighted else 1 :], rows[:, 0], weight=weights)
'''
