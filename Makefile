# Stint. `make demo` shows it, `make test` checks it; each installs what is missing first (Debian, with a Swift toolchain).

PREFIX ?= /usr/local
DESTDIR ?=
SWIFT ?= swift
BUILD = .build/release
CHECKED = .build-testing

.PHONY: fuzz demo test test-all test-unit test-null test-service test-readers bench bench-peers build deps check-embedded check-units install uninstall clean

demo: build
	@$(BUILD)/stint demo

# Everything that fits in 15 minutes on two cores, from a clean clone. Tests are built with optimisation: the numerics are
# hundreds of times slower without, and allocation counts mean nothing.
test: build test-unit check-embedded check-units
	@echo "make test: all passed"

# The anomaly head's budget and power, and the drift detectors' silence, on a million rows of each healthy stream; about an hour.
test-null: deps
	STINT_BENCHMARKS=1 $(SWIFT) build -c release --scratch-path $(CHECKED) -Xswiftc -enable-testing --product StintBenchmarks
	$(CHECKED)/release/StintBenchmarks null
	$(CHECKED)/release/StintBenchmarks drift-null

# Hours: all that can be run here. The parts that are not in `make test` need root or the network.
test-all: test test-readers test-service test-remote fuzz test-null bench bench-peers soak

# Pushes by the thousand under load, configs that do ill, kills at every moment, crowds of strangers, bad networks: half an hour. Needs pyzmq; for
# the networks root, ip and /dev/net/tun; for the client in Python PyNaCl.
.PHONY: test-remote
test-remote: build
	packaging/scripts/test-remote.py $(BUILD)

# What the programs write, read by cbor2, jsonlines and nlohmann::json. Installs those for Python into .build-readers.
test-readers: build
	packaging/scripts/test-readers.sh $(BUILD)

test-unit: deps
	STINT_BIN=$(CURDIR)/$(BUILD) $(SWIFT) test -c release --scratch-path $(CHECKED) -Xswiftc -enable-testing

build: deps
	$(SWIFT) build -c release --static-swift-stdlib

bench: deps
	STINT_BENCHMARKS=1 $(SWIFT) build -c release --scratch-path $(CHECKED) -Xswiftc -enable-testing --product StintBenchmarks
	$(CHECKED)/release/StintBenchmarks

# Where a row's processor time goes, stage by stage, for the recording DATA, else for the simulated arm. Needs linux-perf.
.PHONY: profile
profile: build
	@[ -n "$(DATA)" ] || $(BUILD)/stint demo --write-recording .build/arm.csv --scenario demo
	python3 Benchmarks/profile.py $(or $(DATA),.build/arm.csv) --bin $(BUILD) $(ARGUMENTS)

# River, Vowpal Wabbit, CapyMOA and scikit-learn beside Stint, on the CSVs under DATA, else on the simulated arm; they are installed into
# .build-peers. ARGUMENTS: those of Benchmarks/peers/peers.py, such as "--delays 0,20 --peers vw_nn20,moa_arf".
bench-peers: build
	packaging/scripts/bench-peers.sh $(BUILD) "$(DATA)" $(ARGUMENTS)

# Trivial detectors and, with ARGUMENTS='--peers "River HST,rrcf,PySAD LODA"', peers beside Stint over the anomaly recordings under DATA.
.PHONY: bench-anomaly
bench-anomaly: build
	packaging/scripts/bench-anomaly.sh $(BUILD) "$(DATA)" $(ARGUMENTS)

# How late predictions are while a checkpoint waits for a disk whose fsync takes 3 s, beside how late they are without one: two minutes.
.PHONY: bench-disk
bench-disk: deps
	STINT_BENCHMARKS=1 $(SWIFT) build -c release --scratch-path $(CHECKED) -Xswiftc -enable-testing --product StintSlowDisk
	$(CHECKED)/release/StintSlowDisk

# Ten simulated years of 10⁷ frames, with faults, drifts and restarts: a quarter of an hour or more.
.PHONY: soak
soak: build
	$(BUILD)/StintSoak

# Every decoder under libFuzzer, FUZZ_SECONDS (60) each. A short seeded run is part of `make test`.
fuzz: deps
	SWIFT=$(SWIFT) packaging/scripts/fuzz.sh

# A decoder under damaged inputs by the hundred million, without libFuzzer's measuring: TARGET, EXECUTIONS, CORPUS (what `make fuzz` found).
.PHONY: long-fuzz
long-fuzz: deps
	STINT_BENCHMARKS=1 $(SWIFT) build -c release --scratch-path $(CHECKED) -Xswiftc -enable-testing --product StintLongFuzz
	$(CHECKED)/release/StintLongFuzz $(or $(TARGET),state) $(or $(EXECUTIONS),35000000) Tests/Fuzz/Corpus/$(or $(TARGET),state) $(CORPUS)

deps:
	@packaging/scripts/deps.sh

check-embedded:
	packaging/scripts/check-embedded.sh

check-units:
	packaging/scripts/check-units.sh

# Boots systemd in a container and streams through the unit: about three minutes the first time, one later. Needs root,
# systemd-container and mmdebstrap.
test-service: build
	packaging/scripts/test-service.sh $(BUILD)

# The programs, the systemd unit, its user, a first config in /etc/stint.
install: build
	install -D -m 755 $(BUILD)/stintd $(DESTDIR)$(PREFIX)/bin/stintd
	install -D -m 755 $(BUILD)/stint $(DESTDIR)$(PREFIX)/bin/stint
	packaging/scripts/install-service.sh install $(PREFIX) $(DESTDIR)

uninstall:
	packaging/scripts/install-service.sh uninstall $(PREFIX) $(DESTDIR)

clean:
	rm -rf .build .build-fuzz .build-peers .build-readers $(CHECKED)
