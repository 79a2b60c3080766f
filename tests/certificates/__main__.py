"""``python -m certificates``, in ``tests``: writes the files of the corpus anew."""

from certificates import corpus


def main() -> None:
    corpus.FOLDER.mkdir(exist_ok=True)
    made = corpus.files()
    for path in corpus.FOLDER.iterdir():
        if path.name not in made:
            path.unlink()
    for name, octets in made.items():
        (corpus.FOLDER / name).write_bytes(octets)


main()
