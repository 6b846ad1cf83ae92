# Short names for scripts/, which is where things happen.

.PHONY: help build plan rehearse test lint format clean

help:
	@echo 'make build      the program, as target/slipway.jar'
	@echo 'make plan       what the staging stack would be, without an account'
	@echo 'make rehearse   the staging stack on an emulated cloud and a real host'
	@echo 'make test       every check, the rehearsal too'
	@echo 'make lint       the shell scripts'
	@echo 'make format     formats Java and shell scripts'
	@echo 'make clean      takes build output away; tools stay in .slipway'

build:
	@./scripts/dev/build.sh

plan:
	@./scripts/plan.sh staging

rehearse:
	@./scripts/rehearse.sh staging

test:
	@./scripts/test.sh

lint:
	@./scripts/dev/lint.sh

format:
	@./scripts/dev/format.sh

clean:
	@rm -rf target
