import Foundation
import Torch

manualSeed(0)

let device: Device = cuda.isAvailable() ? .cuda : .cpu
print("Using device: \(device)")

let tensorSize = [10000, 10000]
let a = Tensor.randn(tensorSize, device: device)
let b = Tensor.randn(tensorSize, device: device)

let c = a + b

print("Result shape (moved to CPU for printing):", c.cpu().shape)

print("Current GPU memory usage:")
print(String(format: "Allocated: %.2f MB", Double(cuda.memoryAllocated(device)) / Double(1 << 20)))
print(String(format: "Cached: %.2f MB", Double(cuda.memoryReserved(device)) / Double(1 << 20)))
