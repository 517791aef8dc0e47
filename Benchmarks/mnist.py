"""The program `mnist` of pytorch/examples in PyTorch, on FashionMNIST. Examples/mnist is the same in Swift.

mnist.py EPOCHS    reads the data set in data/, trains, and prints losses and accuracies
"""

import sys

import torch
import torch.nn.functional as F
from torch import nn, optim
from torch.optim.lr_scheduler import StepLR
from torch.utils.data import DataLoader
from vision import ToTensor, datasets


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, 3, 1)
        self.conv2 = nn.Conv2d(32, 64, 3, 1)
        self.dropout1 = nn.Dropout(0.25)
        self.dropout2 = nn.Dropout(0.5)
        self.fc1 = nn.Linear(9216, 128)
        self.fc2 = nn.Linear(128, 10)

    def forward(self, x):
        x = F.relu(self.conv1(x))
        x = F.max_pool2d(F.relu(self.conv2(x)), 2)
        x = torch.flatten(self.dropout1(x), 1)
        x = self.dropout2(F.relu(self.fc1(x)))
        return F.log_softmax(self.fc2(x), dim=1)


def train(model, loader, optimizer, epoch):
    model.train()
    for batch, (x, y) in enumerate(loader):
        optimizer.zero_grad()
        loss = F.nll_loss(model(x), y)
        loss.backward()
        optimizer.step()
        if batch % 10 == 0:
            seen, share = batch * len(x), 100 * batch / len(loader)
            print(f"Train Epoch: {epoch} [{seen}/{len(loader.dataset)} ({share:.0f}%)]\tLoss: {loss.item():.6f}")


def test(model, loader):
    model.eval()
    loss, correct = 0, 0
    with torch.no_grad():
        for x, y in loader:
            output = model(x)
            loss += F.nll_loss(output, y, reduction="sum").item()
            correct += (output.argmax(1) == y).sum().item()
    count = len(loader.dataset)
    print(
        f"\nTest set: Average loss: {loss / count:.4f}, "
        f"Accuracy: {correct}/{count} ({100 * correct / count:.0f}%)\n"
    )


def main():
    torch.manual_seed(0)

    def transform(image, convert=ToTensor()):
        return convert(image).sub_(0.1307).div_(0.3081)

    train_loader, test_loader = (
        DataLoader(datasets.FashionMNIST("data", train=part, transform=transform), batch_size=size)
        for part, size in ((True, 64), (False, 1000))
    )
    model = Net()
    optimizer = optim.Adadelta(model.parameters(), lr=1)
    scheduler = StepLR(optimizer, step_size=1, gamma=0.7)
    for epoch in range(1, int(sys.argv[1]) + 1):
        train(model, train_loader, optimizer, epoch)
        test(model, test_loader)
        scheduler.step()
    torch.save(model.state_dict(), "model.pth")
    print("Saved PyTorch Model State to model.pth")


if __name__ == "__main__":
    main()
