"""Writes the pictures of the benchmark: 2,000 JPEG files of 500x375 pixels in 10 folders.

pictures.py FOLDER    writes the files, which are always the same; ends with exit code 3 if there is no Pillow
"""

import pathlib
import shutil
import sys

CLASSES, EACH, DISTINCT = 10, 200, 10
WIDTH, HEIGHT = 500, 375


def picture(seed):
    """Returns a picture with large shapes and fine grain, as photographs have them."""
    import numpy
    from PIL import Image

    random = numpy.random.default_rng(seed)
    coarse = Image.fromarray(random.integers(0, 256, (12, 16, 3), numpy.uint8))
    smooth = numpy.asarray(coarse.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC), numpy.float32)
    grain = random.normal(0, 8, (HEIGHT, WIDTH, 1))
    return Image.fromarray((smooth + grain).clip(0, 255).astype(numpy.uint8))


def write(folder):
    for number in range(CLASSES):
        (folder / str(number)).mkdir(parents=True)
    for number in range(CLASSES):
        for index in range(DISTINCT):
            picture(number * DISTINCT + index).save(folder / str(number) / f"{index}.jpg", quality=90)
        for index in range(DISTINCT, EACH):
            shutil.copyfile(folder / str(number) / f"{index % DISTINCT}.jpg", folder / str(number) / f"{index}.jpg")


if __name__ == "__main__":
    try:
        import PIL  # noqa: F401
    except ImportError:
        sys.exit(3)
    write(pathlib.Path(sys.argv[1]))
