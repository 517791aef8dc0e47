import Foundation
import Torch
import TorchDistributed

/// The time of a call, beside the same call of MPI without this library, and of training steps, in the same processes:
/// `mpirun -n 2 distributed-test speed`.
enum Speed {
    static func run() {
        calls()
        steps()
    }

    /// A step of eight layers, alone, with averaged gradients, and with divided parameters.
    private static func steps() {
        func network() -> Sequential { Sequential((0..<8).map { _ in Sequential(Linear(768, 768), Tanh()) }) }
        func time(_ name: String, _ model: some Layer) {
            let optimizer = SGD(model.parameters(), lr: 0.01), x = Tensor.randn([64, 768])
            var times: [Double] = []
            for _ in 0..<20 {
                dist.barrier()
                let start = ContinuousClock.now
                model(x).pow(2).mean().backward()
                optimizer.step()
                optimizer.zeroGrad()
                times.append((ContinuousClock.now - start) / .milliseconds(1))
            }
            times.sort()
            if dist.rank == 0 {
                print(name, times[0].formatted(2), "ms at best,", times[10].formatted(2), "ms in the median")
            }
        }
        time("a step alone:", network())
        time("DistributedDataParallel:", DistributedDataParallel(network()))
        let divided = network()
        for block in divided { fullyShard(block as! Sequential) }
        time("fullyShard:", fullyShard(divided))
    }

    private static func calls() {
        guard let direct = DirectReduction() else { return print("MPI's functions were not found") }
        let x = Tensor.ones([8])
        func time(_ call: () -> Void) -> Double {
            for _ in 0..<100 { call() }
            dist.barrier()
            let start = ContinuousClock.now
            for _ in 0..<1000 { call() }
            return (ContinuousClock.now - start) / .microseconds(1000)
        }
        // In turn, because other programs disturb both.
        var own: [Double] = [], bare: [Double] = []
        for _ in 0..<40 {
            own.append(time { dist.allReduce(x, op: .max) })
            bare.append(time { direct.call() })
        }
        own.sort()
        bare.sort()
        guard dist.rank == 0 else { return }
        func line(_ name: String, _ times: [Double]) {
            print(name, times[0].formatted(3), "µs at best,", times[times.count / 2].formatted(3), "µs in the median")
        }
        line("allReduce of 8 float32:", own)
        line("MPI_Allreduce:", bare)
    }
}

extension Double {
    fileprivate func formatted(_ digits: Int) -> String { String(format: "%.\(digits)f", self) }
}

/// MPI_Allreduce of 8 float32, called in the library that the process has loaded.
private struct DirectReduction {
    private typealias Open =
        @convention(c) (
            UnsafeRawPointer?, UnsafeMutableRawPointer, Int32, UnsafeMutableRawPointer, UnsafeMutableRawPointer,
            UnsafeMutableRawPointer
        ) -> Int32
    private typealias MPICH =
        @convention(c) (UnsafeRawPointer?, UnsafeMutableRawPointer, Int32, Int32, Int32, Int32) -> Int32

    private let body: (UnsafeMutableRawPointer) -> Int32
    private let numbers = UnsafeMutableRawPointer.allocate(byteCount: 32, alignment: 16)

    init?() {
        guard let all = dlopen(nil, RTLD_NOW), let function = dlsym(all, "MPI_Allreduce") else { return nil }
        if let world = dlsym(all, "ompi_mpi_comm_world"), let float = dlsym(all, "ompi_mpi_float"),
            let max = dlsym(all, "ompi_mpi_op_max")
        {
            let call = unsafeBitCast(function, to: Open.self)
            body = { call(UnsafeRawPointer(bitPattern: 1), $0, 8, float, max, world) }
        } else {
            let call = unsafeBitCast(function, to: MPICH.self)
            body = { call(UnsafeRawPointer(bitPattern: -1), $0, 8, 0x4c00_040a, 0x5800_0001, 0x4400_0000) }
        }
        numbers.initializeMemory(as: Float.self, repeating: 1, count: 8)
    }

    func call() { _ = body(numbers) }
}
