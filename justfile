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

# formatting and lints
check:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- --deny warnings

# rewrite generated files and expectations
update:
    UPDATE=1 cargo test

# what has to pass before a change lands
ci:
    .ci/run
