struct Arr {
    let arr: [Int]
    var shape: [Int]
    var stride: [Int]

    init(_ arr: [Int], _ m: Int, _ n: Int) {
        self.arr = arr
        shape = [m, n]
        stride = [n, 1]
    }

    mutating func view(_ m: Int, _ n: Int) {
        shape = [m, n]
        stride = [n, 1]
    }

    mutating func transpose() {
        shape = [shape[1], shape[0]]
        stride = [1, stride[0]]
    }

    func get(_ i: Int, _ j: Int) -> Int {
        arr[i * stride[0] + j * stride[1]]
    }
}

func printArr(_ arr: Arr) {
    for i in 0..<arr.shape[0] {
        for j in 0..<arr.shape[1] {
            print("\(arr.get(i, j)), ", terminator: "")
        }
        print()
    }
    print()
}

let data = Array(0..<3 * 4)
var arr = Arr(data, 3, 4)

print("arr (3 x 4):")
printArr(arr)

arr.view(4, 3)
print("arr (4 x 3):")
printArr(arr)

arr.view(3, 4) // back to original state
arr.transpose()
print("arr transposed (4 x 3):")
printArr(arr)
