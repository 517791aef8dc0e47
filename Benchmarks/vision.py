"""The parts of torchvision that the FashionMNIST program uses, or a replacement if there is no torchvision for the
installed torch.

Like torchvision, the replacement makes each element from a uint8 image, a PIL image and a float tensor.
"""

try:
    from torchvision import datasets
    from torchvision.transforms import ToTensor
except ImportError:
    import gzip
    import os

    import numpy
    import torch
    from PIL import Image

    class ToTensor:
        def __call__(self, image):
            pixels = torch.from_numpy(numpy.array(image, numpy.uint8, copy=True))
            pixels = pixels.view(image.size[1], image.size[0], len(image.getbands()))
            pixels = pixels.permute((2, 0, 1)).contiguous()
            return pixels.to(dtype=torch.get_default_dtype()).div(255)

    class FashionMNIST(torch.utils.data.Dataset):
        def __init__(self, root, train=True, transform=None, download=False):
            part = "train" if train else "t10k"
            self.data = self._read(root, f"{part}-images-idx3-ubyte")
            self.targets = self._read(root, f"{part}-labels-idx1-ubyte").long()
            self.transform = transform

        @staticmethod
        def _read(root, name):
            path = os.path.join(root, "FashionMNIST", "raw", name)
            with open(path, "rb") if os.path.exists(path) else gzip.open(path + ".gz") as file:
                content = file.read()
            shape = numpy.frombuffer(content, ">i4", content[3], 4)
            elements = numpy.frombuffer(content, numpy.uint8, offset=4 + 4 * content[3])
            return torch.from_numpy(elements.reshape(shape).copy())

        def __len__(self):
            return len(self.data)

        def __getitem__(self, index):
            image, target = self.data[index], int(self.targets[index])
            image = Image.fromarray(image.numpy(), mode="L")
            if self.transform is not None:
                image = self.transform(image)
            return image, target

    class datasets:
        FashionMNIST = FashionMNIST
