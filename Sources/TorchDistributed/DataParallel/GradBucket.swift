import Torch

/// Gradients that are reduced together, in one piece of memory. PyTorch: `torch.distributed.GradBucket`.
public final class GradBucket {
    /// The number of the bucket. Buckets are reduced in this order. PyTorch: `GradBucket.index`.
    public let index: Int
    /// The gradients one behind the other. PyTorch: `GradBucket.buffer`.
    public let buffer: Tensor
    /// The parameters whose gradients are in the bucket. PyTorch: `GradBucket.parameters`.
    public let parameters: [Tensor]
    /// Whether this is the last bucket. PyTorch: `GradBucket.is_last`.
    public let isLast: Bool
    /// The processes that reduce it.
    public let group: ProcessGroup

    /// The positions of the parameters in the model's list.
    let members: [Int]
    /// The place of each parameter's gradient in the buffer, in the parameter's memory order.
    let views: [Tensor]
    /// The memory that the processes share, of which the buffer is a part; nil if they share none.
    let shared: SharedBucket?

    // The state of one backward pass.
    var waitsFor = 0
    var reduce: (() -> Tensor)?

    init(
        index: Int, members: [Int], parameters: [Tensor], isLast: Bool, group: ProcessGroup, shared: SharedBucket?
    ) {
        self.index = index
        self.members = members
        self.parameters = parameters
        self.isLast = isLast
        self.group = group
        self.shared = shared
        buffer =
            shared?.part
            ?? Tensor.zeros(
                [GradBucket.count(parameters)], dtype: parameters[0].dtype, device: parameters[0].device)
        views = GradBucket.views(of: buffer, parameters)
    }

    /// Returns the number of elements of all parameters.
    static func count(_ parameters: [Tensor]) -> Int { parameters.reduce(0) { $0 + $1.numel() } }

    /// Returns the places of the parameters in a buffer.
    static func views(of buffer: Tensor, _ parameters: [Tensor]) -> [Tensor] {
        var offset = 0
        return parameters.map { parameter in
            defer { offset += parameter.numel() }
            return GradBucket.isDense(parameter)
                ? buffer.asStrided(parameter.sizes, parameter.stride(), offset)
                : buffer.narrow(0, offset, parameter.numel()).view(parameter.sizes)
        }
    }

    /// Returns the gradients, each in its parameter's shape. PyTorch: `GradBucket.gradients`.
    public func gradients() -> [Tensor] { views }

    /// Returns whether the elements fill their range of memory without gaps.
    private static func isDense(_ tensor: Tensor) -> Bool {
        var expected = 1
        for (size, stride) in zip(tensor.sizes, tensor.stride()).sorted(by: { $0.1 < $1.1 }) where size != 1 {
            if stride != expected { return false }
            expected *= size
        }
        return true
    }

    /// Divides parameters, given in the order in which their gradients become ready, into buckets of one dtype and
    /// device each. A bucket is closed when it has reached its size. PyTorch:
    /// `torch.distributed._compute_bucket_assignment_by_size`.
    static func assign(_ order: [Int], _ parameters: [Tensor], firstBytes: Int, bytes: Int) -> [[Int]] {
        struct Kind: Hashable {
            let dtype: DType
            let device: Device
        }
        var open: [Kind: (members: [Int], bytes: Int, limit: Int)] = [:]
        var closed: [[Int]] = []
        for i in order {
            let kind = Kind(dtype: parameters[i].dtype, device: parameters[i].device)
            var bucket = open[kind] ?? ([], 0, firstBytes)
            bucket.members.append(i)
            bucket.bytes += parameters[i].numel() * parameters[i].dtype.itemSize
            if bucket.bytes >= bucket.limit {
                closed.append(bucket.members)
                bucket = ([], 0, bytes)
            }
            open[kind] = bucket
        }
        let rest = open.values.map(\.members).filter { !$0.isEmpty }
        // Sorted by the first gradient that is ready, so that all processes have the same order.
        let place = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
        return (closed + rest).sorted { (place[$0[0]] ?? 0) < (place[$1[0]] ?? 0) }
    }
}

/// A function that reduces a bucket of gradients. It begins the work and returns a function that waits for it and gives
/// the mean of all processes' gradients. PyTorch: a communication hook of DistributedDataParallel.
public typealias CommunicationHook = (GradBucket) -> () -> Tensor

/// Communication hooks. PyTorch: `torch.distributed.algorithms.ddp_comm_hooks.default_hooks`.
public enum CommunicationHooks {
    /// Averages the gradients as they are. PyTorch: `allreduce_hook`.
    public static func allReduce(_ bucket: GradBucket) -> () -> Tensor {
        noGrad { _ = bucket.buffer.div_(bucket.group.size) }
        let work = bucket.group.allReduce(bucket.buffer, .sum, asyncOp: true)
        return {
            work?.wait()
            return bucket.buffer
        }
    }

    /// Averages the gradients in float16, which halves the messages. PyTorch: `fp16_compress_hook`.
    public static func fp16Compress(_ bucket: GradBucket) -> () -> Tensor { compress(bucket, .float16) }

    /// Averages the gradients in bfloat16, which halves the messages. PyTorch: `bf16_compress_hook`.
    public static func bf16Compress(_ bucket: GradBucket) -> () -> Tensor { compress(bucket, .bfloat16) }

    private static func compress(_ bucket: GradBucket, _ dtype: DType) -> () -> Tensor {
        let small = noGrad { bucket.buffer.to(dtype).div_(bucket.group.size) }
        let work = bucket.group.allReduce(small, .sum, asyncOp: true)
        return {
            work?.wait()
            noGrad { _ = bucket.buffer.copy_(small) }
            return bucket.buffer
        }
    }
}
