#!/usr/bin/env python3
"""Writes two small files in the form of SVHN with SciPy: svhn.mat, which is compressed, and svhn-plain.mat."""
import os

import numpy as np
from scipy.io import savemat

h, w, c, n = np.mgrid[:32, :32, :3, :4]
x = ((h * 7 + w * 3 + c * 50 + n * 11) % 256).astype(np.uint8)
y = np.array([[1], [10], [5], [2]], dtype=np.uint8)
here = os.path.dirname(os.path.abspath(__file__))
savemat(here + '/svhn.mat', {'X': x, 'y': y}, do_compression=True)
savemat(here + '/svhn-plain.mat', {'X': x[:, :, :, :1], 'y': y[:1].astype(float)})
