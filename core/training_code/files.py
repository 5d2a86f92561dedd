"""The parts that bring the files of a run to where they are read, and read them."""

from __future__ import annotations

from core.training_code.run import Part, Run


def parts(run: Run, way: str) -> list[Part]:
    """Return the parts that bring the files to where they are read, and read them."""
    found: list[Part] = []
    if run.in_s3 or way != "xgboost":
        region = "" if way == "xgboost" else "region_name=REGION"
        found.append(Part("", f'session = boto3.Session({region})\ns3 = session.client("s3")\n'))
        found.append(Part("", _ADDRESS))
    if run.in_s3:
        folder = f"again-{run.training_job}"
        text = f"Files of the run are fetched into the folder {folder}."
        found.append(Part(text, f'Path("{folder}").mkdir(exist_ok=True)\nos.chdir("{folder}")\n'))
        found.append(Part("", _FETCH))
    elif way == "xgboost":
        found.append(Part("", "os.chdir(ROOT)\n"))
    else:
        found += [Part("", "os.chdir(FILES)\n"), Part("", _UPLOAD)]
    needed = ""
    if run.in_s3:
        wanted = "CHANNELS.values()" if way == "xgboost" else '[CHANNELS.get("validation", [])]'
        needed = f"fetch(TEST)\nfor folders in {wanted}:\n    for folder in folders:\n        fetch(folder)\n"
    if way != "xgboost" and not run.in_s3:
        needed = "for folders in CHANNELS.values():\n    for folder in folders:\n        upload(folder)\n"
    return [*found, Part("", _MATRIX), *([Part("", needed)] if needed else [])]


_ADDRESS = '''\
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
def files_in(folders):
    """Return the CSV files of some folders."""
    files = [file for folder in folders for file in sorted(glob.glob(f"{folder}/*.csv"))]
    if not files:
        raise SystemExit(f"There is no CSV file in {', '.join(folders)}: set where the files of the run are.")
    return files


def matrix(*folders, weighted=False):
    """Read rows to train on, the label first, as the container does: by XGBoost's own reader."""
    columns = "&label_column=0" + ("&weight_column=1" if weighted else "")
    with tempfile.TemporaryDirectory() as plain:  # in other paths the reader may see syntax
        files = enumerate(files_in(folders))
        copies = [shutil.copy(file, f"{plain}/{number}.csv") for number, file in files]
        return xgb.DMatrix(f"{';'.join(copies)}?format=csv{columns}")


def rows_to_predict(*folders):
    """Read rows as an endpoint does; XGBoost's reader differs in the last bit of some numbers."""
    read = [np.genfromtxt(file, delimiter=",", ndmin=2) for file in files_in(folders)]
    rows = np.concatenate(read).astype("float32")
    return xgb.DMatrix(rows[:, 1:], rows[:, 0])
'''
