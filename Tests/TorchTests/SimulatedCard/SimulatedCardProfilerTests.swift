import Foundation
import Testing
@testable import Torch

/// The profiler on the simulated device. A profile is of all threads, so it runs in a process of its own.
@Suite(.enabled(if: SimulatedCard.isHere, "the simulated device is not here (Tests/CUDASimulator/run.sh)"))
struct SimulatedCardProfilerTests {
    @Test func workOfTheDeviceIsMeasured() async {
        await #expect(processExitsWith: .success) {
            let a = Tensor.randn(64, 32).cuda(), b = Tensor.randn(32, 16).cuda()
            let prof = profile(profileMemory: true) { _ in
                recordFunction("product") { _ = a.mm(b).exp() }
                cuda.synchronize()
            }
            let product = try #require(prof.events.first { $0.name == "aten::mm" })
            let kernel = try #require(prof.events.first { $0.name == "cuda::mm" })
            #expect(product.kernels.map(\.id) == [kernel.id] && kernel.deviceType == .cuda && kernel.cpuTimeTotal == 0)
            #expect(kernel.selfCUDATimeTotal > 0 && kernel.timeRange.start >= 0)
            #expect(product.selfCUDATimeTotal == kernel.cudaTimeTotal)
            let outer = try #require(prof.events.first { $0.name == "product" })
            #expect(outer.selfCUDATimeTotal == 0)
            #expect(outer.cpuChildren.map(\.name) == ["aten::mm", "aten::exp"])
            #expect(outer.cudaTimeTotal == outer.cpuChildren.reduce(0) { $0 + $1.cudaTimeTotal })
            // 64 · 16 numbers of four bytes.
            #expect(product.cudaMemoryUsage == 4096 && product.cpuMemoryUsage == 0)

            let table = prof.keyAverages().table(sortBy: .cudaTimeTotal)
            let titles = table.split(separator: "\n")[1].split(separator: #/ {2,}/#).map(String.init)
            #expect(
                titles.filter { !$0.isEmpty } == [
                    "Name", "Self CPU %", "Self CPU", "CPU total %", "CPU total", "CPU time avg", "Self CUDA",
                    "Self CUDA %", "CUDA total", "CUDA time avg", "CPU Mem", "Self CPU Mem", "CUDA Mem",
                    "Self CUDA Mem", "# of Calls"
                ])
            #expect(table.contains("Self CUDA time total: "))

            let folder = TemporaryFolder()
            defer { withExtendedLifetime(folder) {} }
            try prof.exportChromeTrace(folder.path + "trace.json")
            let data = try Data(contentsOf: URL(fileURLWithPath: folder.path + "trace.json"))
            let trace = try #require(JSONSerialization.jsonObject(with: data) as? [String: Any])
            let events = try #require(trace["traceEvents"] as? [[String: Any]])
            let shown = events.filter { $0["cat"] as? String == "kernel" }
            #expect(shown.contains { $0["name"] as? String == "cuda::mm" && $0["pid"] as? Int == 0 })
            #expect(events.filter { $0["cat"] as? String == "ac2g" }.count == 2 * shown.count)
        }
    }

    @Test func aCapturedGraphHasNoTimes() async {
        await #expect(processExitsWith: .success) {
            let a = Tensor.ones(8).cuda(), graph = CUDAGraph()
            let prof = profile { _ in
                cuda.graph(graph) { _ = a.exp() }
                graph.replay()
                cuda.synchronize()
            }
            let exp = try #require(prof.events.first { $0.name == "aten::exp" })
            #expect(exp.kernels.isEmpty)
        }
    }
}
