# An index of what there is to run; every recipe is one line around cargo, and all of it works without just.

# everything that needs no cluster
test:
    cargo test

# everything, on a real control plane
e2e:
    cargo test --workspace

# the whole story on a real control plane
demo *ARGS:
    cargo demo {{ARGS}}

# charts of other people, where ../shared/charts is, through their whole life on a real control plane
charts *NAMES:
    cargo run --package e2e --bin charts -- {{NAMES}}

# every fault at every call of a command; takes a while
faults:
    cargo run --package e2e --bin faults

# time and memory beside Helm's
bench *ARGS:
    cargo bench-helm {{ARGS}}

# formatting and lints
check:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- --deny warnings

# rewrite generated files and expectations
update:
    UPDATE=1 cargo test

# a fuzz target, for ten minutes; needs a nightly compiler and cargo-fuzz
fuzz TARGET:
    mkdir -p tests/fuzz/corpus/{{TARGET}}
    cd tests/fuzz && cargo +nightly fuzz run --fuzz-dir . {{TARGET}} corpus/{{TARGET}} seeds/{{TARGET}} -- -max_total_time=600 -rss_limit_mb=3072 -timeout=20

# what has to pass before a change lands
ci:
    .ci/run
