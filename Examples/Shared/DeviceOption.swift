import ArgumentParser
import Torch

/// The flag `--device` of all training programs.
package struct DeviceOption: ParsableArguments {
    @Option(help: "cpu, cuda, or auto for the best there is.") var device = "auto"

    package init() {}

    package func validate() throws {
        guard ["auto", "cpu", "cuda"].contains(device) else {
            throw ValidationError("--device must be cpu, cuda or auto.")
        }
        guard device != "cuda" || Device.cuda.isAvailable else {
            throw ValidationError("--device cuda: this machine has no such device.")
        }
    }

    /// The device to use.
    package var chosen: Device {
        device == "cuda" || device == "auto" && Device.cuda.isAvailable ? .cuda : .cpu
    }

    /// Prints which device is used.
    /// - Returns: the device.
    package func begin(_ console: Console) -> Device {
        console.print("Using \(chosen) device")
        return chosen
    }
}
