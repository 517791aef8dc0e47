import ArgumentParser

/// The flag `--data` of programs that train on FashionMNIST.
package struct DataOption: ParsableArguments {
    @Option(help: "The folder that holds the data set, or that it is put into.") package var data = "data"

    package init() {}
}
