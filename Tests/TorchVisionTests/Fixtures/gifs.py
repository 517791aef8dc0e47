#!/usr/bin/env python3
"""Writes small GIF files (Pillow 13, and by hand what Pillow does not write) to Images, and what torchvision 0.29.2
decodes from them to gifs.npz."""
import os, struct
import numpy as np
from PIL import Image
import torch
from torchvision.io import decode_gif
here = os.path.dirname(os.path.abspath(__file__))
out = here + '/Images'

def lzw(size, pixels):
    """Codes of one index each: the table is cleared before it grows."""
    bits, width = [], size + 1
    def put(code): bits.extend(code >> i & 1 for i in range(width))
    for i, pixel in enumerate(pixels):
        if i % (2 ** size - 2) == 0: put(2 ** size)
        put(pixel)
    put(2 ** size + 1)
    bits += [0] * (-len(bits) % 8)
    data = bytes(sum(bits[i + j] << j for j in range(8)) for i in range(0, len(bits), 8))
    return bytes([size]) + b''.join(bytes([len(data[i:i + 255])]) + data[i:i + 255] for i in range(0, len(data), 255)) + b'\0'

def head(w, h, background=0, colors=bytes(range(12))):
    return b'GIF89a' + struct.pack('<HHBBB', w, h, 0x81 if colors else 1, background, 0) + colors
def picture(left, top, w, h, pixels, flags=0, colors=b'', size=2):
    return b',' + struct.pack('<HHHHB', left, top, w, h, flags) + colors + lzw(size, pixels)
def control(disposal, transparent=None):
    return b'!\xf9\x04' + bytes([disposal << 2 | (transparent is not None), 0, 0, transparent or 0]) + b'\0'
four = picture(0, 0, 2, 2, [0, 1, 2, 3])
one = picture(0, 0, 1, 1, [3])
files = {
    'gif-outside': head(2, 2) + picture(1, 1, 2, 2, [0, 1, 2, 3]),
    'gif-larger': head(1, 1, 3) + four + picture(0, 0, 3, 3, [1] * 9),
    'gif-local': head(2, 2, colors=b'') + picture(0, 0, 2, 2, [0, 1, 2, 3], 0x81, bytes(range(100, 112))),
    'gif-index': head(2, 2) + picture(0, 0, 2, 2, [0, 7, 5, 1], size=3),
    'gif-interlaced': head(3, 11) + picture(0, 0, 3, 11, [(i * i) % 4 for i in range(33)], 0x40),
    'gif-controls': head(2, 2) + control(1, 1) + b'!\xfe\x03abc\0' + control(2, 2) + four + one,
    'gif-short-control': head(2, 2) + b'!\xf9\x03\x05\0\0\0' + four + control(1, 1),
    'gif-disposals': head(2, 2, 2) + control(1, 3) + four + control(2) + picture(1, 1, 1, 1, [0]) + one
        + control(3, 0) + picture(1, 0, 1, 2, [0, 1]) + control(0, 0) + four + control(2, 3) + four,
    'gif-long': head(2, 2) + picture(0, 0, 2, 2, [0, 1, 2, 3, 1, 1, 1]),
}
for name, data in files.items(): open(f'{out}/{name}.gif', 'wb').write(data + b';')
yy, xx = np.mgrid[:97, :143]
rgb = np.stack([(xx * 5 + yy) % 256, (yy * 8) % 256, (xx * yy) % 256], -1).astype(np.uint8)
image = Image.fromarray(rgb)
image.quantize(256).save(f'{out}/gif-colors.gif')
image.quantize(16).save(f'{out}/gif-16.gif', interlace=0)
Image.fromarray((rgb[..., 0] > 128)).save(f'{out}/gif-1.gif')
Image.fromarray(np.zeros((300, 301), np.uint8)).save(f'{out}/gif-flat.gif')
small = [image.resize((21, 17)).rotate(40 * i) for i in range(4)]
small[0].save(f'{out}/gif-animated.gif', save_all=True, append_images=small[1:], disposal=[1, 2, 3, 0])

recorded = {}
for name in sorted(os.listdir(out)):
    if name.endswith('.gif'):
        data = torch.frombuffer(bytearray(open(f'{out}/{name}', 'rb').read()), dtype=torch.uint8)
        recorded[name] = decode_gif(data).contiguous().numpy()
np.savez_compressed(here + '/gifs.npz', **recorded)
print({name: array.shape for name, array in recorded.items()})
