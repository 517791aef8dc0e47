#!/usr/bin/env python3
"""Writes small image files of every kind (PNG by hand, the others with Pillow 13) to Images, and what torchvision
0.29.2 decodes from them to images.npz. Where torchvision leaves memory undefined (a palette with fewer than 8 bits,
or without transparency where alpha is wanted), nothing is recorded."""
import os, struct, zlib
import numpy as np
from PIL import Image
import torch
from torchvision.io import ImageReadMode, decode_image
here = os.path.dirname(os.path.abspath(__file__))
out = here + '/Images'
rng = np.random.default_rng(0)
W, H = 19, 13
def chunk(kind, body): return struct.pack('>I', len(body)) + kind + body + struct.pack('>I', zlib.crc32(kind + body))
def png(name, color, depth, interlace=0, extra=b''):
    ch = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[color]
    bits = ch * depth
    def pack(rows):   # rows of samples
        data = b''
        for k, r in enumerate(rows):
            b = ''.join(format(int(v), f'0{depth}b') for v in r)
            b += '0' * (-len(b) % 8)
            data += b'\0' + bytes(int(b[i:i + 8], 2) for i in range(0, len(b), 8))
        return data
    yy, xx = np.mgrid[:H, :W]
    top = 2 ** depth
    px = np.stack([((xx * (3 + c) + yy * (5 - c)) * top // 97 + rng.integers(0, max(1, top // 8), (H, W))) % top for c in range(ch)], -1)
    if interlace:
        raw = b''
        for x0, y0, dx, dy in [(0,0,8,8),(4,0,8,8),(0,4,4,8),(2,0,4,4),(0,2,2,4),(1,0,2,2),(0,1,1,2)]:
            sub = px[y0::dy, x0::dx]
            if sub.size: raw += pack(sub.reshape(sub.shape[0], -1))
    else:
        raw = pack(px.reshape(H, -1))
    f = b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', W, H, depth, color, 0, 0, interlace)) + extra
    f += chunk(b'IDAT', zlib.compress(raw)) + chunk(b'IEND', b'')
    open(f'{out}/{name}.png', 'wb').write(f)
def plte(n): return chunk(b'PLTE', bytes(rng.integers(0, 256, 3 * n, dtype=np.uint8)))
for i in (0, 1):
    s = '-interlaced' if i else ''
    for d in (1, 2, 4, 8, 16): png(f'gray{d}{s}', 0, d, i)
    for d in (8, 16): png(f'rgb{d}{s}', 2, d, i); png(f'gray-alpha{d}{s}', 4, d, i); png(f'rgb-alpha{d}{s}', 6, d, i)
    for d in (1, 2, 4, 8): png(f'palette{d}{s}', 3, d, i, plte(2 ** d))
png('palette8-transparent', 3, 8, 0, plte(256) + chunk(b'tRNS', bytes(range(0, 200))))
png('palette2-transparent', 3, 2, 0, plte(4) + chunk(b'tRNS', bytes([0, 128])))
png('rgb8-transparent', 2, 8, 0, chunk(b'tRNS', struct.pack('>HHH', 1, 2, 3)))
png('gray8-transparent', 0, 8, 0, chunk(b'tRNS', struct.pack('>H', 7)))
png('rgb8-gamma', 2, 8, 0, chunk(b'gAMA', struct.pack('>I', 45455)))
for o in range(0, 10):
    png(f'exif{o}', 2, 8, 0, chunk(b'eXIf', b'MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01' + struct.pack('>H', o) + b'\0\0\0\0\0\0'))
png('exif6-little', 2, 8, 0, chunk(b'eXIf', b'II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0'))
yy, xx = np.mgrid[:29, :43]
rgb = np.stack([(xx * 5 + yy) % 256, (yy * 8) % 256, (xx * yy) % 256], -1).astype(np.uint8)
im = Image.fromarray(rgb)
im.save(f'{out}/rgb.jpg', quality=90)
im.save(f'{out}/rgb444.jpg', quality=80, subsampling=0)
im.save(f'{out}/rgb422.jpg', quality=60, subsampling=1)
im.save(f'{out}/progressive.jpg', quality=75, progressive=True)
im.save(f'{out}/restart.jpg', quality=75, restart_marker_blocks=3)
im.convert('L').save(f'{out}/gray.jpg', quality=85)
im.convert('CMYK').save(f'{out}/cmyk.jpg', quality=85)
for o in (1, 2, 3, 4, 5, 6, 7, 8):
    e = Image.Exif(); e[0x112] = o
    im.save(f'{out}/exif{o}.jpg', quality=75, exif=e)
im.save(f'{out}/lossy.webp', quality=80)
im.save(f'{out}/lossless.webp', lossless=True)
rgba = np.concatenate([rgb, (xx * 6)[..., None].astype(np.uint8)], -1)
Image.fromarray(rgba).save(f'{out}/alpha.webp', lossless=True)
Image.fromarray(rgba).save(f'{out}/alpha-lossy.webp', quality=50)
im.save(f'{out}/animated.webp', save_all=True, append_images=[im.rotate(90)])

recorded = {}
for name in sorted(os.listdir(out)):
    data = torch.frombuffer(bytearray(open(f'{out}/{name}', 'rb').read()), dtype=torch.uint8)
    for mode in range(5):
        palette = name.startswith('palette')
        clear = 'transparent' in name
        if palette and ((mode == 0 and not name.startswith('palette8')) or (mode in (2, 4) and not clear)): continue
        if name.startswith('exif') and mode != 3: continue
        try: recorded[f'{name}|{mode}'] = decode_image(data, ImageReadMode(mode)).numpy()
        except RuntimeError: pass
    if name.startswith('exif'):
        recorded[f'{name}|upright'] = decode_image(data, ImageReadMode.RGB, apply_exif_orientation=True).numpy()
np.savez_compressed(here + '/images.npz', **recorded)
print(len(recorded))
