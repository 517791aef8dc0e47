SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help train test test-debug check check-format check-address check-thread test-hub test-vision test-language test-server snippets build static docs bench cuda-kit fuzz clean

SWIFT ?= swift
# Arguments of the program that is run: make train ARGS="--epochs 1"
ARGS ?=
# Where the build goes.
BUILD ?= .build
# The major version of NVIDIA's compiler that the kernels for GPUs are compiled with.
NVRTC ?= 13
# Seconds that each reader is fuzzed.
SECONDS_EACH ?= 600

# The program that make static builds.
PROGRAM ?= fashion-mnist

# The libraries that have pages.
DOCUMENTED = Torch TorchBoard TorchDistributed TorchMetrics TorchPlot TorchText TorchVision
BUILD_RELEASE = $(SWIFT) build -c release --scratch-path $(BUILD)
RUN_TESTS = SWIFT="$(SWIFT)" Scripts/run-tests.sh $(BUILD)

help: ## Says what there is.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

train: ## Trains the FashionMNIST network on the real images. ARGS="--help" shows its options.
	@Scripts/setup.sh build data
	@$(BUILD_RELEASE) --product fashion-mnist
	@$(BUILD)/release/fashion-mnist $(ARGS)

# The debug build goes on beside the optimized one, which needs one core only for much of its time, and gives way to it.
test: ## Builds and runs every test. ARGS="--filter NAME" runs some; NVRTC=12 compiles kernels with the compiler of CUDA 12, CUDA_TYPES=all for all types.
	@Scripts/setup.sh build data python mpi nvrtc
	@$(SWIFT) package --scratch-path $(BUILD) resolve
	@set -m; nice -n 10 $(MAKE) --no-print-directory test-debug > $(BUILD)/test-debug.log 2>&1 & debug=$$!; set +m; \
		trap "kill -- -$$debug 2> /dev/null || true" EXIT; \
		CUDA_HOME="$$(Scripts/nvrtc.sh $(NVRTC))" $(RUN_TESTS) $(ARGS); \
		Scripts/check-snippets.sh $(BUILD)/release; \
		status=0; wait $$debug || status=$$?; cat $(BUILD)/test-debug.log; exit $$status

test-debug: ## Runs PyTorch's cases in a debug build of the module Torch, which has checks that the others have not.
	@Scripts/setup.sh build
	@$(SWIFT) build --scratch-path $(BUILD)-debug --product conformance -Xcc -O1
	@$(BUILD)-debug/debug/conformance Conformance/Cases --baseline Conformance/passing.txt

# Sanitizers: one build each, optimized, with the first error ending the run. oneDNN, Sleef and Python are not built with
# them, nor do they report what others leak. NVIDIA's compiler is left out: it would run, slowly, on sanitized memory.
CHECKED = $(SWIFT) test -c release -Xswiftc -g -Xcc -g --disable-xctest --no-parallel $(ARGS)
CHECKED_MEMORY = allocator_may_return_null=1:max_allocation_size_mb=2048

check: check-format check-address check-thread ## Checks the form of the sources, then runs every test under AddressSanitizer and UndefinedBehaviorSanitizer, then under ThreadSanitizer.

check-format: ## Checks the form of the sources: swift-format, lines of at most 120 columns, written functions.
	@Scripts/check-format.sh
	@python3 Scripts/functions.py --check

check-address: ## Runs every test under AddressSanitizer (each tensor a block of its own) and, for C, UndefinedBehaviorSanitizer.
	@Scripts/setup.sh build data python
	@export ASAN_OPTIONS=detect_leaks=0:$(CHECKED_MEMORY) UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1; \
		$(CHECKED) --scratch-path $(BUILD)-address --sanitize=address -Xcc -fsanitize=undefined

check-thread: ## Runs every test under ThreadSanitizer.
	@Scripts/setup.sh build data python
	@export TSAN_OPTIONS=halt_on_error=1:second_deadlock_stack=1:suppressions=$(CURDIR)/Tests/thread-sanitizer.txt:$(CHECKED_MEMORY); \
		$(CHECKED) --scratch-path $(BUILD)-thread --sanitize=thread -Xswiftc -DTHREAD_SANITIZER

test-hub: ## Compares the hub's client with Python's libraries at the tests' own hub. HUB_RECORD=1 records what they say.
	@Scripts/setup.sh build bench
	@python="$$(Scripts/hub-python.sh)"; HUB_PYTHON="$$python" $(RUN_TESTS) --filter HubPython $(ARGS)

test-vision: ## Compares every model with torchvision's, and trained networks' outputs. VISION_PYTHON names a Python that has torchvision.
	@Scripts/setup.sh build bench
	@python="$${VISION_PYTHON:-$$(Scripts/bench-python.sh)}"; "$$python" -c 'import torchvision'; \
		weights="$$(Scripts/trained-weights.sh "$$python" $(BUILD)/trained-weights)"; \
		TRAINED_WEIGHTS="$$weights" VISION_PYTHON="$$python" $(RUN_TESTS) --filter "ModelTests|TrainedWeightsTests" $(ARGS)

test-language: ## Compares a trained model's sentence vectors with those of transformers.
	@Scripts/setup.sh build bench
	@weights="$$(Scripts/trained-weights.sh python3 $(BUILD)/trained-weights)"; \
		TRAINED_WEIGHTS="$$weights" $(RUN_TESTS) --filter TrainedSentencesTests $(ARGS)

# The server is a package of its own, because it needs a web framework. So make test leaves it out.
test-server: ## Builds Examples/server and sends it good and bad requests.
	@Scripts/setup.sh build
	@$(SWIFT) test --package-path Examples/server -c release --disable-xctest $(ARGS)

snippets: ## Runs the note's programs and compares what they print with what PyTorch prints.
	@Scripts/setup.sh build python
	@$(BUILD_RELEASE)
	@Scripts/check-snippets.sh $(BUILD)/release

build: ## Builds the libraries and programs, optimized.
	@Scripts/setup.sh build
	@$(BUILD_RELEASE)

static: ## Builds one program that carries Swift's libraries in itself, stripped. PROGRAM=imdb builds another one.
	@Scripts/setup.sh build
	@$(SWIFT) build -c release --scratch-path $(BUILD)-static --static-swift-stdlib --product $(PROGRAM)
	@strip -o $(BUILD)-static/$(PROGRAM) $(BUILD)-static/release/$(PROGRAM)
	@Scripts/needs.sh $(BUILD)-static/$(PROGRAM)

docs: ## Builds the pages of the libraries into BUILD/docs; a warning is an error.
	@Scripts/setup.sh build
	@rm -rf $(BUILD)/docs $(BUILD)/docs-pages
	@mkdir -p $(BUILD)/docs-pages/symbols
	@for library in $(DOCUMENTED); do \
		$(SWIFT) build --scratch-path $(BUILD)/docs-build --target $$library -Xswiftc -emit-symbol-graph -Xswiftc -emit-symbol-graph-dir -Xswiftc $(abspath $(BUILD)/symbols); \
		mkdir $(BUILD)/docs-pages/symbols/$$library; \
		cp $(BUILD)/symbols/$$library[.@]*symbols.json $(BUILD)/docs-pages/symbols/$$library; \
		cp -r Sources/$$library/$$library.docc $(BUILD)/docs-pages; \
		[ $$library != Torch ] || python3 Scripts/tensor-topics.py $(BUILD)/symbols/Torch.symbols.json > $(BUILD)/docs-pages/Torch.docc/Tensor.md; \
		docc convert $(BUILD)/docs-pages/$$library.docc --additional-symbol-graph-dir $(BUILD)/docs-pages/symbols/$$library --output-path $(BUILD)/docs-pages/$$library.doccarchive \
			--fallback-display-name $$library --fallback-bundle-identifier swift-torch.$$library --warnings-as-errors; \
	done
	@docc merge $(DOCUMENTED:%=$(BUILD)/docs-pages/%.doccarchive) --output-path $(BUILD)/docs --synthesized-landing-page-name swift-torch

bench: ## Measures against PyTorch and writes BENCHMARKS.md. ARGS="--help" shows how to measure a part.
	@Scripts/setup.sh build data bench
	@$(BUILD_RELEASE) --product fashion-mnist
	@$(BUILD_RELEASE) --product mnist
	@$(BUILD_RELEASE) --product bench
	@$(BUILD_RELEASE) --product hello-tensor
	@python="$$(Scripts/bench-python.sh)"; python3 Benchmarks/run.py --programs $(BUILD)/release --python "$$python" $(ARGS)

cuda-kit: ## Packs programs, cases and a script for a machine with a CUDA device and no Swift, and rehearses them on the simulated one.
	@Scripts/setup.sh build
	@for program in conformance cuda-check; do \
		$(SWIFT) build -c release --scratch-path $(BUILD)-static --static-swift-stdlib --product $$program \
			-Xlinker --disable-new-dtags -Xlinker '-rpath=$$ORIGIN/lib'; \
	done
	@Scripts/cuda-kit.sh $(BUILD)-static $(BUILD)-static/release
	@Tests/CUDASimulator/run.sh $(BUILD)-static $(BUILD)-static/cuda-kit/run.sh --rehearse

fuzz: ## Fuzzes the file readers, SECONDS_EACH=600 seconds each, after trying the operators' properties on every case.
	@Scripts/setup.sh build
	@$(BUILD_RELEASE) --product conformance
	@$(BUILD)/release/conformance Conformance/Cases/ops Conformance/Cases/modules --property all --thorough
	@Tests/Fuzz/run.sh $(SECONDS_EACH)
	@Tests/Fuzz/run-idx.sh $(SECONDS_EACH)
	@Tests/Fuzz/run-parquet.sh $(SECONDS_EACH)
	@Tests/Fuzz/run-images.sh $(SECONDS_EACH)
	@Tests/Fuzz/run-arrow.sh $(SECONDS_EACH)
	@Tests/Fuzz/run-pretrained.sh $(SECONDS_EACH)

clean: ## Removes what was built.
	rm -rf $(BUILD) $(BUILD)-debug $(BUILD)-address $(BUILD)-thread $(BUILD)-static
