"""``python -m messages``, in ``tests``: writes the files of the corpus anew."""

from messages import corpus


def main() -> None:
    made = corpus.files()
    for folder in (corpus.FOLDER, corpus.KEYS):
        folder.mkdir(exist_ok=True)
        for path in folder.iterdir():
            if path not in made:
                path.unlink()
    for path, octets in made.items():
        path.write_bytes(octets)


main()
