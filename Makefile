# From source to serving traffic: `make up`. `make help` lists the rest.
SHELL := /bin/bash
.DEFAULT_GOAL := help
STACK ?= local
TO ?=
FROM ?=
LAB ?=
export LAB
YES ?=
export YES
OFFLINE ?=
SUMMARY ?=
OPTIONS ?=
FIRST ?=
WITH_LAB := $(if $(filter local kube failover,$(STACK)),--with-lab)
MORE := $(if $(OPTIONS),-- $(OPTIONS))
PYTHON := .venv/bin/python
# $(call needs,NAMES): of what a target cannot do without, what is not given ends it before anything runs; an empty word would be taken
# for a name.
needs = $(foreach name,$(1),$(if $(strip $($(name))),,$(error make $@ needs $(name)=…: see `make help`)))
.PHONY: reboot up preview previews changes vuln drift mend history refresh destroy outputs cancel releases changelog promote rollback unpin roll-images rehearse rehearse-down policy cost forget lab lab-down drill report failover-down kube-lab kube-lab-down kube-programs test-kube pulumi test-quick test test-cluster test-faults test-lab test-rest bench bench-quick bench-noop bench-scale bench-path profile-up check format reliability docs status logs restart shell profile help

up: .venv/ready ## Build, install and serve: make up [STACK=local] [YES=1]
	@$(PYTHON) -m engine up --stack $(STACK) $(WITH_LAB) $(MORE)

preview: .venv/ready ## Say what `up` would change, and change nothing; SUMMARY=1: for reviewers; OFFLINE=1: without an account
	@$(PYTHON) -m $(if $(SUMMARY),summary $(if $(OFFLINE),--offline) $(if $(filter all,$(SUMMARY)),--all),$(if $(OFFLINE),rehearsal preview,engine preview $(WITH_LAB))) --stack $(STACK) $(MORE)

previews: .venv/ready ## Write docs/previews: what reviewers read of some changes, on a pretended AWS
	@$(PYTHON) -m summary.examples docs/previews

changes: .venv/ready ## Write docs/changes.md: what a change of each setting on AWS does, by previews on a pretended AWS (minutes)
	@$(PYTHON) -m summary.changes docs/changes.md

vuln: .venv/ready ## Known vulnerabilities of what was built last, by govulncheck (GOVULNDB: another database than vuln.go.dev)
	@$(PYTHON) -m vulnerabilities

refresh: .venv/ready ## Look what became of the stack's resources
	@$(PYTHON) -m engine refresh --stack $(STACK) $(MORE)

destroy: .venv/ready ## Take the service off the stack's hosts
	@$(PYTHON) -m engine destroy --stack $(STACK) $(MORE)

outputs: .venv/ready ## Print what the stack tells other stacks
	@$(PYTHON) -m engine outputs --stack $(STACK) $(MORE)

cancel: .venv/ready ## End a run of the stack that has been left behind
	@$(PYTHON) -m engine cancel --stack $(STACK)

releases: .venv/ready ## List what each host and cluster keeps, with who released it and why it was reverted
	@$(PYTHON) -m releases list --stack $(STACK) $(if $(REHEARSAL),--rehearsal)

rollback: .venv/ready ## Go back to the release before, or TO=ID[,ID], from what hosts and clusters keep
	@$(PYTHON) -m releases rollback --up --stack $(STACK) --to "$(TO)"

unpin: .venv/ready ## After a rollback: release from source again with the next `up`
	@$(PYTHON) -m releases unpin --stack $(STACK)

changelog: .venv/ready ## The commits between two releases: make changelog STACK=mine [FROM=ID] [TO=v1.2.0]
	@$(PYTHON) -m releases changelog --stack $(STACK) --from "$(FROM)" --to "$(TO)"

promote: .venv/ready ## What all hosts of FROM run is installed by STACK, not built again: make promote FROM=dev STACK=prod STORE=/srv/artifacts [KEY=~/.ssh/release]
	@$(call needs,FROM STORE)$(PYTHON) -m releases promote --stack $(STACK) --from "$(FROM)" --store "$(STORE)" --key "$(KEY)"

roll-images: .venv/ready ## Move instances to the newest image, in the order of a release: make roll-images STACK=prod
	@SLIPWAY_ROLL_IMAGES=1 $(PYTHON) -m engine up --stack $(STACK)

rehearse: .venv/ready ## A stack of AWS on this machine, the cloud pretended, instances real: make rehearse STACK=dev
	@$(PYTHON) -m rehearsal up --stack $(STACK)

rehearse-down: .venv/ready ## Take away what `rehearse` made
	@$(PYTHON) -m rehearsal destroy --stack $(STACK)

policy: policy/.venv/ready ## Get what the policy pack needs: make preview OPTIONS="--policy-pack policy/pack"

cost: .venv/ready ## Estimate what a stack of AWS costs a month: make cost STACK=prod
	@$(PYTHON) -m cost --stack $(STACK)

forget: .venv/ready ## Drop a host that is gone for good from the state: make forget HOST=web2, or eu/web2
	@$(call needs,HOST)$(PYTHON) -m engine forget --stack $(STACK) --host "$(HOST)"

lab: .venv/ready ## Start the local hosts (LAB=native: without the foreign architecture)
	@$(PYTHON) -m lab up

lab-down: .venv/ready ## Stop the local hosts and remove all that is theirs, with the local stack's state
	@$(PYTHON) -m lab down
	@rm -rf .slipway/rehearsal/local.* .slipway/pulumi

drill: .venv/ready ## Take a region away and measure what users feel: make drill STACK=failover REGION=eu [HOW=network|edge|hosts] [LOSSES=10] [RESOLVER=IP] [PLANNED=1] [SURE=prod]
	@$(call needs,REGION)$(PYTHON) -m drill --stack $(STACK) --region "$(REGION)" $(if $(HOW),--how $(HOW)) $(if $(LOSSES),--losses $(LOSSES)) $(RESOLVER:%=--resolver %) $(if $(PLANNED),--planned) $(if $(SURE),--sure $(SURE))

report: .venv/ready ## One page about a stack: who runs what, what listens, files, certificates, releases: make report STACK=mine
	@$(PYTHON) -m report --stack $(STACK)

failover-down: .venv/ready ## Stop the hosts of the stack failover and remove all that is theirs, with its state
	@$(PYTHON) -m lab down --name failover
	@rm -rf .slipway/pulumi-failover

kube-lab: .venv/ready ## Start a Kubernetes control plane with pretended nodes (built once, then seconds): then make up STACK=kube
	@$(PYTHON) -m kubelab up

kube-lab-down: .venv/ready ## Stop it and remove all that is its, with the state of the stack kube
	@$(PYTHON) -m kubelab down
	@rm -rf .slipway/pulumi-kube

pulumi: .venv/ready ## Get Pulumi's engine where there is none on PATH, and say where it lies
	@$(PYTHON) -m engine get

test-quick: .venv/ready ## Some minutes: without what starts the engine or compiles Go, and a few faults on hosts
	@LAB=native $(PYTHON) -m pytest -m "not lab or quick" $(slow:%=--ignore=tests/%)
slow := kube gobuild engine plugins program policy contract summary tutorials benchmarks workflows oci vulnerabilities reuse

# Tests start thousands of Pythons: what is compiled is kept, also where a machine of containers says otherwise.
test test-quick test-cluster test-faults test-lab test-rest test-kube kube-programs: export PYTHONDONTWRITEBYTECODE =

# Runs side by side: those on real hosts and clusters wait more than they compute. All but one are shown when they have ended. What
# a cluster needs is built meanwhile, from the engine's own build on, with what time the others leave.
test: .venv/ready ## All tests; those on real hosts and on a real control plane where root on Linux (FIRST=check: that before them)
	@$(MAKE) --no-print-directory --jobs 6 test-cluster test-faults test-lab test-rest

kube-programs test-faults test-lab test-rest: | $(FIRST)
test-faults test-lab test-rest: | policy pulumi
test-cluster: | kube-programs

kube-programs: .venv/ready
	@mkdir -p .slipway
	@[ "$$(uname) $$(id -u)" = "Linux 0" ] || exit 0; \
	{ nice -n 5 $(PYTHON) -m kubelab get && nice -n 5 $(PYTHON) -m engine get --stack kube; } >.slipway/$@.log 2>&1 \
	|| { cat .slipway/$@.log; exit 1; }

test-cluster test-faults test-lab:
	@mkdir -p .slipway && echo "beside this run: $@, shown when it has ended (.slipway/$@.log)"
	@trap "exit 130" INT; status=0; { $($@-how) $(PYTHON) -m pytest --durations=15 $($@) || status=$$?; \
	$(if $($@-native),LAB=native $(PYTHON) -m pytest --durations=15 $($@-native) || status=$$?;) } >.slipway/$@.log 2>&1; \
	cat .slipway/$@.log; exit $$status
# What is promised of a rollout has deadlines of seconds, and little of it computes.
test-cluster-how := nice -n -5
test-cluster := tests/kube
test-faults := tests/lab/faults --reliability .slipway/reliability.md
test-faults-how := LAB=native
test-faults-native := tests/lab/failover tests/lab/logs
# What needs a lab whole, with its emulated host.
test-lab := tests/lab/acceptance/test_up.py tests/lab/acceptance/test_release_under_load.py tests/lab/test_lab_hosts.py tests/lab/test_image.py \
tests/lab/faults/test_clock_fault.py
# The rest, without what needs none of its hosts and takes minutes, so that the runs take equally long.
test-lab-native := $(filter-out tests/lab/test_rehearsed_cloud.py $(test-lab),$(wildcard tests/lab/acceptance/test_*.py tests/lab/test_*.py))

test-rest:
	@LAB=native $(PYTHON) -m pytest --durations=15 --ignore=tests/lab/faults \
	$(patsubst %,--ignore=%,$(test-lab) $(test-lab-native) $(test-faults-native) $(test-cluster))

test-kube: .venv/ready ## The tests on a real Kubernetes control plane alone
	@$(PYTHON) -m pytest tests/kube

bench: .venv/ready benchmarks/.venv/ready ## Slipway against pyinfra, Ansible and scp on lab hosts: docs/benchmarks.md (OPTIONS="--hosts 1,4 --rounds 3")
	@$(PYTHON) -m benchmarks $(OPTIONS)

bench-quick: .venv/ready benchmarks/.venv/ready ## The same in some minutes, on two hosts, for whoever changes something
	@$(PYTHON) -m benchmarks --quick $(OPTIONS)

bench-noop: .venv/ready ## Time an `up` that changes nothing against one of an empty program
	@$(PYTHON) -m benchmarks.noop

bench-scale: .venv/ready ## What stacks of up to 1,000 pretended hosts cost the machine that deploys (OPTIONS="--hosts 1,64")
	@$(PYTHON) -m benchmarks.scale $(OPTIONS)

bench-path: .venv/ready ## What the proxies before a service cost its requests, against one hop of bare nginx (OPTIONS="--rounds 3")
	@$(PYTHON) -m benchmarks.path $(OPTIONS)

profile-up: .venv/ready ## An `up`, and where its time went: make profile-up [STACK=local]
	@$(PYTHON) -m benchmarks.profile_up --stack $(STACK)

check: .venv/ready ## Format, lint and types
	@.venv/bin/ruff format --check --quiet . || { echo "run 'make format'" >&2; exit 1; }
	@.venv/bin/ruff check --quiet .
	@.venv/bin/pyright

format: .venv/ready ## Put the code into the one format
	@.venv/bin/ruff format --quiet . && .venv/bin/ruff check --fix --quiet .

reliability: .venv/ready ## Break what can break on real hosts, and write docs/reliability.md
	@$(PYTHON) -m pytest tests/lab/faults --reliability docs/reliability.md

docs: .venv/ready ## Write the pages that are made from the code
	@$(PYTHON) -m settings.pages > docs/settings.md
	@$(PYTHON) -m settings.pages schema > docs/stack-file.schema.json
	@$(PYTHON) -m reuse.schema > docs/pulumi-package.json
	@$(PYTHON) -m model.aws.firewall > docs/firewall.md
	@$(PYTHON) -m model.aws.preview_role > docs/preview-policy.json
	@for room in network machines traffic clusters; do $(PYTHON) -m model.aws.rights.deploy $$room > docs/deploy-$$room.json; done
	@$(PYTHON) -m model.tuning > docs/tuning.md
	@$(PYTHON) -m model.contract_fields > docs/outputs.md
	@$(PYTHON) -m model.dashboards docs/grafana
	@$(PYTHON) -m policy.page > docs/policies.md
	@$(PYTHON) -m model.front_door.linter > docs/front-door-findings.md

status: .venv/ready ## What runs on every machine: make status STACK=mine [HOST=web1] [REHEARSAL=1]
	@$(DESK) status $(AT)

logs: .venv/ready ## The journals of all hosts: make logs STACK=mine [FOLLOW=1] [SINCE="10 min ago"] [LINES=100] [HOST=edge1]
	@$(DESK) logs $(AT) $(if $(FOLLOW),--follow) $(if $(SINCE),--since "$(SINCE)") $(if $(LINES),--lines $(LINES))

restart: .venv/ready ## New processes, host by host, without a request lost: make restart STACK=mine [HOST=web1]
	@$(DESK) restart $(AT)

drift: .venv/ready ## What is not as released, on hosts and on AWS; changes nothing: make drift STACK=mine [JSON=1] [HOST=web1]
	@$(PYTHON) -m drift $(AT) $(if $(JSON),--json)

reboot: .venv/ready ## Hosts that an update wants rebooted, one after the other, without a request lost: make reboot STACK=mine [HOST=web1] [ALL=1]
	@$(DESK) reboot $(AT) $(if $(ALL),--all)

mend: .venv/ready ## Put right what `drift` found on hosts, one after the other, without a request lost
	@$(DESK) mend $(AT)

history: .venv/ready ## What became of every release: who, when, how long, why it went: make history STACK=mine [JSON=1]
	@$(DESK) history $(AT) $(if $(JSON),--json)

shell: .venv/ready ## Log in on a host: make shell STACK=mine HOST=web1
	@$(DESK) shell $(AT)

profile: .venv/ready ## Fetch a profile of the service: make profile STACK=mine HOST=web1 [KIND=heap] [FOR=10] [PORT=6060]
	@$(DESK) profile $(AT) $(if $(KIND),--kind $(KIND)) $(if $(FOR),--seconds $(FOR)) $(if $(PORT),--port $(PORT))

DESK = $(PYTHON) -m desk
AT = --stack $(STACK) $(if $(HOST),--host $(HOST)) $(if $(REHEARSAL),--rehearsal)

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# Who prepares speaks on standard error: standard output is the page, table or JSON that the target is asked for.
policy/.venv/ready: policy/requirements.txt .venv/ready
	@echo "preparing policy/.venv from policy/requirements.txt (once) …" >&2
	@python3 -m venv policy/.venv >&2
	@policy/.venv/bin/pip install --quiet --disable-pip-version-check --requirement policy/requirements.txt >&2
	@touch $@

benchmarks/.venv/ready: benchmarks/requirements.txt .venv/ready
	@echo "preparing benchmarks/.venv from benchmarks/requirements.txt (once) …" >&2
	@python3 -m venv benchmarks/.venv >&2
	@benchmarks/.venv/bin/pip install --quiet --disable-pip-version-check --requirement benchmarks/requirements.txt >&2
	@touch $@

# Debian's python3 comes without venv; root gets it installed, others are told.
.venv/ready: requirements.txt
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed" >&2; exit 1; }
	@python3 -c 'import ensurepip, venv' 2>/dev/null || { [ $$(id -u) = 0 ] && command -v apt-get >/dev/null \
	  && apt-get update -qq >&2 && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv >/dev/null; } \
	  || { echo "Python has no venv module: install the package python3-venv" >&2; exit 1; }
	@echo "preparing .venv from requirements.txt (once) …" >&2
	@python3 -m venv .venv >&2
	@.venv/bin/pip install --quiet --disable-pip-version-check --no-compile --requirement requirements.txt >&2
	@.venv/bin/python -m compileall -qq -j 0 .venv/lib >&2 || true # templates among the packages are not for this Python
	@touch $@
