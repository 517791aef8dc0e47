// The code of Sources/Torch/Torch.docc/ProfilerGuide.md. Scripts/guides.py writes this file.
import Torch

func profilerGuide() async throws {
    let model = Sequential {
        Linear(64, 128)
        ReLU()
        Linear(128, 10)
    }
    let x = Tensor.randn(32, 64)

    let prof = profile(recordShapes: true, withFlops: true) { _ in
        recordFunction("inference") { model(x) }
    }
    print(prof.keyAverages().table(sortBy: .cpuTimeTotal, rowLimit: 10))

    let byShape = prof.keyAverages(groupByInputShape: true)
    for group in byShape where group.key == "aten::linear" {
        print(group.key, group.inputShapes, group.count)
    }

    let memory = profile(profileMemory: true) { _ in model(x) }
    for group in memory.keyAverages() where group.key == "aten::addmm" {
        print(group.count, group.cpuMemoryUsage) // 2 17664
    }

    let optimizer = SGD(model.parameters(), lr: 0.01)
    try profile(
        schedule: schedule(wait: 1, warmup: 1, active: 2, repeat: 1),
        onTraceReady: { prof in
            let groups = prof.keyAverages()
            let products = groups.first { $0.key == "aten::addmm" }!
            print("the trace is ready at step \(prof.stepNum):")
            print(products.count, "products")
        }
    ) { prof in
        for _ in 0..<6 {
            model(x).sum().backward()
            optimizer.step()
            optimizer.zeroGrad()
            prof.step()
        }
    }

    try prof.exportChromeTrace("trace.json")

    let modules = profile(withModules: true) { _ in
        model(x).sum().backward()
    }
    let names = ["aten::addmm", "AddmmBackward0"]
    for event in modules.events where names.contains(event.name) {
        print(event.name, event.modulePath!)
    }
}
