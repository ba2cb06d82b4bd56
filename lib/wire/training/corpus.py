#!/usr/bin/env python3
"""The training text of the compiled-in model: messages in our own words around text of freely licensed packages.

  corpus.py FOLDER > messages.jsonl
  corpus.py --words > words.txt

FOLDER holds the archives that packages.tsv names (fetch does that). The same archives give the same bytes: files are
taken in the order of their names, and chance comes from a fixed seed. No evaluation data goes in: leaks checks that.
"""

import hashlib
import io
import json
import pathlib
import random
import re
import subprocess
import sys
import tarfile

SEED = 20260301
ROOM = {"prose": 7_500_000, "log": 9_000_000, "code": 1_600_000, "tongue": 110_000}  # bytes of text, at most

CLIENTS = "claude codex gemini copilot opencode ollama cursor agent qwen".split()
MANNERS = """able agile amber ample apt azure bold brave bright brisk calm candid chief civil clean clear clever
cool cosy crisp deft dry eager early easy even fair fast fine firm fleet fond frank free fresh full gentle glad golden
good grand great green hale handy happy hardy honest humble jolly just keen kind large late lean light lively long loud
loyal lucky mellow merry mild modest neat nimble noble open patient plain polite prime proud prompt pure quick quiet
rapid rare ready rich ripe rosy round royal safe sage sharp shy silver simple sleek slow smart smooth snug sober soft
solid sound spry steady still stout strong sunny sure sweet swift tall tame tender tidy tough true upbeat urban vast
vivid warm wide wild wise witty young zesty""".split()
ANIMALS = """ant badger bat bear beaver bee beetle bison boar bobcat buffalo camel carp cat cheetah cobra condor cougar
coyote crab crane cricket crow deer dingo dog dolphin donkey dove dragon duck eagle eel egret elk emu falcon ferret
finch fox frog gazelle gecko gibbon goat goose gopher gorilla grouse gull hare hawk hedgehog heron hippo horse hound
hyena ibex ibis iguana jackal jaguar jay kestrel kiwi koala lark lemur leopard lion lizard llama lobster lynx macaw
magpie manatee manta marlin marmot marten mole mongoose moose moth mouse mule newt ocelot octopus orca osprey otter owl
ox panda panther parrot pelican penguin pigeon pike pony puffin puma quail rabbit raccoon ram raven rhino robin salmon
seal shark sheep shrew shrimp skunk sloth snail snake sparrow spider squid stag stork swan tapir tiger toad trout
tuna turkey turtle viper vole walrus wasp weasel whale wolf wombat wren yak zebra""".split()
COLOURS = """Amber Azure Black Blue Bronze Brown Copper Coral Crimson Emerald Fuchsia Gold Gray Green Indigo Ivory Jade
Lavender Lilac Magenta Maroon Olive Orange Pearl Pink Purple Red Rose Ruby Sapphire Scarlet Silver Teal Violet White
Yellow""".split()
PLACES = """Basin Bay Bear Bridge Brook Canyon Castle Cave Cliff Cove Creek Dog Field Forest Fox Glen Grove Harbor Hawk
Hill Island Lake Meadow Mesa Mountain Oak Pass Peak Pine Pond Prairie Ridge River Rock Shore Snow Spring Stone Tower
Valley Wolf""".split()
SKILLS = """typescript javascript python rust go java kotlin swift ocaml haskell c cpp sql docs testing review
code-review ui frontend backend api database devops security performance refactoring release debugging design
research infra ci""".split()
# What software is made of, and what is done to it.
THINGS = """agent session worktree orchestrator embedding tokenizer prompt dashboard daemon snapshot pipeline plugin
cluster coordinator provider adapter resolver collector registry scheduler dispatcher middleware handler controller
repository factory builder decorator validator serializer parser lexer formatter linter compiler transpiler bundler
loader renderer component widget dialog sidebar toolbar layout theme stylesheet animation palette badge modal tooltip
dropdown checkbox spinner skeleton placeholder template snippet fixture mock stub harness benchmark profiler tracer
logger metric telemetry counter histogram gauge alert incident runbook playbook rollout rollback canary deployment
container image volume namespace ingress egress proxy gateway firewall certificate credential secret token cookie
header payload envelope schema migration transaction savepoint index shard replica partition segment checkpoint
journal ledger cursor iterator stream channel socket buffer queue deque stack heap arena allocator mutex semaphore
barrier latch future promise coroutine fiber thread pool worker job batch chunk slice window frame packet datagram
handshake heartbeat lease lock quorum consensus leader follower election epoch generation version revision branch
commit merge rebase conflict diff patch hunk tag release changelog manifest lockfile dependency workspace monorepo
package module library framework runtime interpreter sandbox hypervisor kernel driver firmware bootloader config
setting preference flag option argument parameter environment variable default fallback override policy rule filter
matcher selector query predicate expression operator operand literal identifier symbol scope closure binding
callback listener observer subscriber publisher event message notification broadcast topic subscription inbox mailbox
webhook endpoint route resource request response status error exception warning panic crash timeout retry backoff
throttle debounce limit quota budget threshold percentile median average baseline regression coverage assertion
invariant precondition contract interface protocol specification standard convention guideline checklist roadmap
milestone epic story ticket backlog sprint estimate deadline priority severity triage review approval feedback audit
ownership permission role account profile user group tenant organization project team member reviewer maintainer
contributor author editor viewer terminal shell command subcommand completion keybinding shortcut clipboard cursor
selection viewport scrollbar pagination search ranking reranker relevance similarity vector corpus document paragraph
sentence keyword hotspot churn blame history trajectory graph node edge vertex tree trie bloom hash checksum digest
signature cipher encryption compression codec encoder decoder archive backup restore retention cleanup garbage
collection cache eviction invalidation warmup prefetch preload lazy eager skill tool context model completion
transcript conversation memory summary plan step goal decision constraint finding evidence hypothesis experiment
investigation symptom root cause acceptance criteria subtask blocker handoff takeover""".split()
DEEDS = """add remove fix update improve refactor extract move rename split merge replace simplify document test cover
validate sanitize normalize harden optimize speed cache defer batch parallelize serialize deprecate restore revert
migrate upgrade downgrade pin bump wire hook expose hide export import log trace measure report surface handle catch
ignore skip retry limit cap clamp round align consolidate deduplicate unify decouple isolate inject mock stub
parametrize parameterize generalize specialize implement introduce design investigate research verify ensure enforce
prevent avoid allow support enable disable configure tune detect resolve propagate emit persist reload reset clear
flush close open create delete drop prune compact clean tidy format lint type annotate guard lock unlock claim release
register unregister schedule cancel pause resume restart stop start kill spawn attach detach mount unmount truncate
wrap unwrap inline outline rewrite redesign rework polish finalize integrate audit review backfill regenerate rebuild
reindex rerank recompute precompute snapshot benchmark profile stabilize quarantine""".split()
LINKS = "for|in|of|with|from|to|on|and|per|via|without|before|after|during|when|instead of|as part of|based on|not".split("|")
QUALITIES = """stale missing broken flaky slow invalid duplicate empty partial incremental recursive concurrent atomic
idempotent optional required explicit implicit internal external public private shared global local remote nested flat
static dynamic generic specific typed untyped async sync read-only write-only per-project per-file per-agent
multi-agent cross-platform end-to-end real-time high-level low-level default custom new old legacy existing current
previous next first last initial final single multiple structured unified adaptive configurable deterministic
background foreground automatic manual dead unused redundant hardcoded deprecated experimental""".split()
TYPES = ["task"] * 6 + ["bug"] * 4 + ["feature"] * 4 + ["epic", "chore", "docs"]
KINDS = "feat fix docs refactor test chore perf style ci build feat fix fix revert".split()
AREAS = """api cli core ui auth db docs test tests config server client parser build deps ci log cache store sync git
hooks search index types utils worker queue scheduler http router session storage watch lint release agent mcp tools
schema metrics tracing errors security runtime plugin""".split()
REASONS = """context limit reached|out of context|blocked on review|waiting for a decision|handing over|lower
priority now|cannot reproduce|needs input|tests fail on main|session ended|timeout|depends on another task|wrong
approach, starting over|switching to a higher priority task|no longer needed""".replace("\n", " ").split("|")
CLOSINGS = """Closed|done|Done|Completed|completed|Implemented|Fixed|fixed|Merged|Landed|committed|Duplicate|Verified|
All tests pass|Already implemented|Superseded|Won't fix|Resolved|Shipped|All tests green|Implemented with tests""".replace("\n", "").split("|")


def members(path, wanted):
    """The regular files of an archive that are wanted, as (name, bytes), in the order of their names."""
    if path.suffix == ".deb":
        data = subprocess.run(["dpkg-deb", "--fsys-tarfile", path], check=True, capture_output=True).stdout
        archive = tarfile.open(fileobj=io.BytesIO(data))
    else:
        archive = tarfile.open(path, "r|*")
    found = []
    for member in archive:
        if member.isfile() and wanted(member.name, member.size):
            found.append((member.name, archive.extractfile(member).read()))
    return sorted(found)


LOG = re.compile(r"(?i)(^|/)(changelog|changes|news|history|release|whatsnew)[^/]*|/changelogs?/|/releases?/|relnotes")
PROSE = re.compile(r"(?i)\.(md|markdown|rst|adoc|txt)$")
CODE = re.compile(r"\.(ts|tsx|js|go|py|rs|rb|c|h|sh|lua|yml|yaml|toml|json)$")
SKIP = re.compile(r"(?i)(license|copying|vendor/|third_party|node_modules/|/locale/|\.min\.js|/deps/|testdata/.*\.(json|txt)$)")


NOTICE = re.compile(r"(?i)copyright|licen[sc]e|warranty|all rights reserved")


def text_of(raw):
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text.replace("\r\n", "\n") if "\0" not in text else None


def plain_manual(raw):
    """Running text of a manual page in another language."""
    import gzip

    text = text_of(gzip.decompress(raw))
    if text is None:
        return ""
    lines = []
    for line in text.split("\n"):
        if line.startswith((".\\\"", "'", ".TH", ".SH", ".so")):
            continue
        line = re.sub(r"^\.[A-Za-z]+ ?", "", line)
        line = re.sub(r"\\f.|\\&|\\[|]", "", line.replace("\\-", "-").replace("\\(bu", "-"))
        lines.append(line)
    return "\n".join(lines)


def kind_of(archive, name, size):
    """What a file's text is good for: log, prose, code, tongue; path: for its name alone; else None."""
    if archive.startswith(("manpages-", "debian-faq")):
        return "tongue" if re.search(r"/man[1578]/.*\.gz$", name) and size < 40_000 else None
    if SKIP.search(name) or size > 3_000_000:
        return None
    short = "/".join(name.split("/")[1:])
    if LOG.search(short) and not CODE.search(short):
        return "log"
    if PROSE.search(short) or archive.endswith(".deb") and name.endswith(".html"):
        return "prose"
    return "code" if CODE.search(short) and size < 60_000 else None


def gather(folder):
    """Logs, prose, code and other tongues, each as (archive, text); and paths."""
    out = {"log": [], "prose": [], "code": [], "tongue": [], "path": []}
    for archive in sorted(folder.iterdir()):
        if not re.search(r"\.(tar\.(gz|xz|bz2)|deb)$", archive.name) or ".debian.tar" in archive.name:
            continue
        paths = []
        for name, raw in members(archive, lambda n, s, a=archive.name: kind_of(a, n, s) is not None):
            kind = kind_of(archive.name, name, len(raw))
            short = "/".join(name.split("/")[1:])
            if kind != "tongue" and 3 < len(short) < 120 and re.search(r"\.\w{1,5}$", short) and not short.endswith(".html"):
                paths.append(short)
            text = plain_manual(raw) if kind == "tongue" else text_of(raw)
            if text:
                out[kind].append((archive.name, unhtml(text) if name.endswith(".html") else text))
        # A few corners of each tree, whole.
        for corner in range(0, len(paths), max(1, len(paths) // 6)):
            out["path"].extend(paths[corner : corner + 120])
    return out


def unhtml(text):
    import html

    text = re.sub(r"(?s)<(script|style|head|nav).*?</\1>", "", text)
    text = re.sub(r"(?s)<pre[^>]*>(.*?)</pre>", r"\n```\n\1\n```\n", text)
    text = re.sub(r"</?code[^>]*>", "`", text)
    text = re.sub(r"<li[^>]*>", "\n- ", text)
    text = re.sub(r"<h[1-6][^>]*>", "\n## ", text)
    text = re.sub(r"</(p|h[1-6]|div|ul|ol)>", "\n\n", text)
    text = html.unescape(re.sub(r"<[^>]*>", "", text))
    return re.sub(r"\n{3,}", "\n\n", text)


def balanced(chance, files, room):
    """Texts in mixed order so that no archive takes more than its share of the room."""
    by = {}
    for archive, text in files:
        by.setdefault(archive, []).append(text)
    share = max(room // max(len(by), 1) * 2, 1)
    chosen = []
    for archive in sorted(by):
        texts = by[archive]
        chance.shuffle(texts)
        size = 0
        for text in texts:
            if size > share:
                break
            size += len(text)
            chosen.append(text)
    chance.shuffle(chosen)
    total = 0
    for text in chosen:
        if total > room:
            break
        total += len(text)
        yield text


def log_lines(texts):
    """Entries of change logs as one would write a commit subject, each once."""
    seen = set()
    for text in texts:
        for line in re.split(r"\n(?=\s*[*+-] |\s*\d+\. |\S)", text):
            line = re.sub(r"\s+", " ", line).strip()
            line = re.sub(r"^([*+-]|\d+\.) +", "", line)
            line = re.sub(r"\(?\[[`#0-9a-f]+\]\([^)]*\)\)?|\[`?[0-9a-f]+`?\]", "", line)
            line = re.sub(r"\*\*|\\|:issue:|:meth:|:class:", "", line)
            line = re.sub(r"\(\[?#\d+.*|\[SIG .*| - @\w+.*|\(@\w+.*|\([A-Z][\w .'-]+\)(, *#\d+)?$", "", line).strip(" -–")
            if 12 <= len(line) <= 220 and re.search(r"[a-z]{3}", line) and line not in seen:
                seen.add(line)
                yield line


def pieces(chance, texts, least, most):
    """Runs of whole paragraphs, each once, without notices."""
    seen = set()
    for text in texts:
        paragraphs = [p for p in text.split("\n\n") if p.strip() and p not in seen and not NOTICE.search(p)]
        seen.update(paragraphs)
        at = 0
        while at < len(paragraphs):
            goal = chance.randint(least, most)
            piece = paragraphs[at]
            at += 1
            while at < len(paragraphs) and len(piece) + len(paragraphs[at]) < goal:
                piece += "\n\n" + paragraphs[at]
                at += 1
            if 20 < len(piece) < 4000:
                yield piece.strip("\n")


def reflow(chance, text):
    """People don't break lines in messages: joins those of a paragraph, code aside."""
    if chance.random() < 0.25 or "```" in text or "    " in text:
        return text
    return re.sub(r"(?<=[\w,.;:)`])\n(?=[\w(`])", " ", text)


class Maker:
    """Messages with everything around their texts made up."""

    def __init__(self, chance, paths):
        self.chance, self.paths = chance, paths
        self.seq, self.time = 100, 1_735_700_000
        self.renew()

    def renew(self):
        """Another project, with its agents, ids and corner of the tree."""
        c = self.chance
        self.agents = [self.name() for _ in range(c.randint(3, 8))]
        areas = c.sample(AREAS, 2)
        self.prefix = c.choice(["-".join(areas), areas[0], "bd", "bd", "proj", "task", c.choice(MANNERS) + "-" + areas[1], areas[0] + "-mcp"])
        self.at = c.randrange(len(self.paths))
        self.seq = c.randint(1, 9000)
        self.call = c.randint(1, 400)
        self.time = c.randint(1_700_000_000, 1_790_000_000)
        self.left = c.randint(200, 500)

    def name(self):
        c = self.chance
        roll = c.random()
        if roll < 0.86:
            return f"{c.choice(CLIENTS)}-{c.choice(MANNERS)}-{c.choice(ANIMALS)}"
        if roll < 0.93:
            return c.choice(COLOURS) + c.choice(PLACES)
        return c.choice(["system", "dev", "user", "gpt-4", "claude", "codex", "gemini", "ci", "claude-" + self.digits(6, 16), "codex-" + self.digits(6, 16)])

    def digits(self, count, base):
        return "".join(self.chance.choice("0123456789abcdefghijklmnopqrstuvwxyz"[:base]) for _ in range(count))

    def task(self):
        c = self.chance
        if c.random() < 0.15:
            return "m-" + "".join(c.choice("0123456789abcdefghjkmnpqrstvwxyz") for _ in range(8))
        name = self.prefix + "-" + self.digits(c.choice([3, 3, 4, 4, 5]), 36)
        while c.random() < 0.18:
            name += f".{c.randint(1, 12)}"
        return name

    def path(self):
        self.at = (self.at + int(self.chance.expovariate(0.15))) % len(self.paths)
        return self.paths[self.at]

    def stamp(self):
        import time

        self.time += int(self.chance.expovariate(1 / 900))
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.time))

    def event(self, name, **fields):
        self.seq += 1 + (self.chance.random() < 0.2)
        params = {"seq": self.seq, "ts": self.stamp(), **fields}
        return {"jsonrpc": "2.0", "method": "notifications/masc/" + name, "params": params}

    def request(self, tool, **arguments):
        self.call += 1
        return {"jsonrpc": "2.0", "id": self.call, "method": "tools/call", "params": {"name": "masc_" + tool, "arguments": arguments}}

    def reply(self, text):
        self.call += 1
        return {"jsonrpc": "2.0", "id": self.call, "result": {"content": [{"type": "text", "text": text}], "isError": False}}

    def commit(self, line):
        c = self.chance
        if c.random() < 0.4:
            return line
        line = re.sub(r"^[\w./]+: ", "", line)
        line = line[:1].lower() + line[1:] if not line[1:2].isupper() else line
        line = line.rstrip(".")
        tail = c.choice(["", "", "", f" ({self.task()})", f" (#{c.randint(1, 3000)})"])
        scope = c.choice([f"({c.choice(AREAS)})"] * 3 + ["", f"({c.choice(AREAS)},{c.choice(AREAS)})", f"({self.prefix})"])
        return f"{c.choice(KINDS)}{scope}: {line}{tail}"

    def note(self, line):
        c = self.chance
        h = self.digits(c.choice([7, 8, 8, 10]), 16)
        return c.choice([line, line, line, line, c.choice(CLOSINGS), c.choice(CLOSINGS), f"Fixed in {h}: {line}", f"Landed in {h}",
                         f"Landed in commits {h}, {self.digits(len(h), 16)}: {line}", f"{c.choice(CLOSINGS)}: {line}", f"Implemented in {self.path()}. {line}",
                         f"Added tests in {self.path()}. {c.randint(3, 400)} tests pass.", f"{line}. Commit {h}.", f"Created {self.path()} and updated {self.path()}"])

    def spelt(self, word):
        """A word as it stands in text, a name or a constant."""
        c = self.chance
        other = c.choice(THINGS)
        return c.choice([word] * 9 + [word.capitalize(), word.capitalize() + other.capitalize(), word + other.capitalize(), word + "_" + other,
                         word + "-" + other, word.upper(), word + "s", f"`{word}`", f"{word.capitalize()} {other.capitalize()}", word.upper() + "_" + other.upper(), word + "." + other])

    def phrase(self):
        """Something to do, of our own words."""
        c = self.chance
        deed = c.choice(DEEDS)
        words = [deed.capitalize() if c.random() < 0.7 else deed]
        for i in range(c.randint(1, 3)):
            if i > 0:
                words.append(c.choice(LINKS))
            if c.random() < 0.35:
                words.append(c.choice(QUALITIES))
            words.append(self.spelt(c.choice(THINGS)))
            if c.random() < 0.4:
                words.append(self.spelt(c.choice(THINGS)))
        return " ".join(words)

    def short(self, line):
        """Every message around one line of a change log."""
        c = self.chance
        if c.random() < 1 / self.left:
            self.renew()
        agent = c.choice(self.agents)
        title = re.split(r"(?<=[a-z])\. ", line)[0].rstrip(".")
        if c.random() < 0.12:
            title = c.choice(["EPIC: ", "[epic] ", "Task 3: ", f"Task {c.randint(1, 14)}: ", "Phase 2: ", f"T{c.randint(1, 9)}: ", "DX: ", "Research: ", "Bug: "]) + title
        roll = c.random()
        if roll < 0.13:
            return self.event("task_created", agent=agent, task=self.task(), title=title, priority=c.choice([0, 1, 1, 2, 2, 2, 2, 3, 4]), type=c.choice(TYPES))
        if roll < 0.25:
            return self.event("task_claimed", agent=agent, task=self.task(), title=title, priority=c.choice([0, 1, 1, 2, 2, 2, 3]))
        if roll < 0.40:
            return self.event("task_done", agent=agent, task=self.task(), title=title, notes=self.note(line))
        if roll < 0.62:
            text, mention = self.commit(line), None
            if c.random() < 0.25:
                mention = self.name()
                text = f"@{mention} {text}"
            return {**(e := self.event("broadcast", **{"from": agent})), "params": {**e["params"], "content": text, "mention": mention}}
        if roll < 0.66:
            return self.event("task_released", agent=agent, task=self.task(), reason=c.choice(REASONS) if c.random() < 0.9 else line)
        if roll < 0.70:
            return self.event("vote_created", id=f"vote-{self.digits(c.choice([3, 4]), 36)}-{self.digits(4, 16)}", proposer=agent, topic=title, options=["approve", "reject", "abstain"], required=c.choice([2, 3]))
        if roll < 0.74:
            return self.event("vote_cast", id=f"vote-{self.digits(c.choice([3, 4]), 36)}-{self.digits(4, 16)}", agent=agent, choice=c.choice(["approve", "approve", "approve", "reject", "abstain"]), reason=self.note(line) if c.random() < 0.7 else "")
        if roll < 0.80:
            return self.request(c.choice(["add_task"]), title=title, priority=c.choice([0, 1, 2, 2, 2, 3, 4]))
        if roll < 0.86:
            return self.request("done", agent_name=agent, task_id=self.task(), notes=self.note(line))
        if roll < 0.90:
            return self.request("broadcast", agent_name=agent, message=self.commit(line))
        if roll < 0.94:
            return self.reply("✅ Added task: " + title)
        if roll < 0.97:
            return self.reply(f"📢 [{agent}] {self.commit(line)}")
        return self.event("message", **{"from": agent, "to": c.choice(self.agents), "role": c.choice(["user", "agent"]), "parts": [{"kind": "text", "text": line}]})

    def bare(self):
        """A message without running text."""
        c = self.chance
        agent = c.choice(self.agents)
        return c.choice([
            lambda: self.event("heartbeat", agent=agent, status=c.choice(["working", "working", "idle", "reviewing", "blocked"]), task=self.task(), context_pct=c.randint(1, 99) / 100),
            lambda: self.event("lock", agent=agent, path=self.path(), ttl_s=c.choice([300, 600, 900, 1800, 3600])),
            lambda: self.event("lock", agent=agent, path=self.path(), ttl_s=c.choice([300, 600, 1800])),
            lambda: self.event("unlock", agent=agent, path=self.path()),
            lambda: self.event("pheromone", agent=agent, path=self.path(), trail=c.choice(["success", "success", "explored", "failure", "hazard", "danger"]), strength=c.randint(5, 100) / 100, half_life_s=c.choice([600, 3600, 86400, 604800])),
            lambda: self.event("agent_join", agent=agent, agent_type=agent.split("-")[0], session_id="-".join(self.digits(n, 16) for n in (8, 4, 4, 4, 12)), capabilities=c.sample(SKILLS, 3)),
            lambda: self.event("agent_leave", agent=agent),
            lambda: self.event("task_released", agent=agent, task=self.task(), reason=c.choice(REASONS)),
            lambda: self.request("heartbeat", agent_name=agent),
            lambda: self.request("claim", agent_name=agent, task_id=self.task()),
            lambda: self.request(c.choice(["lock", "unlock"]), agent_name=agent, file_path=self.path()),
            lambda: self.reply(f"✅ {agent} claimed {self.task()}"),
            lambda: self.reply(f"✅ {agent} completed {self.task()}"),
            lambda: self.reply(c.choice([f"🔒 {agent} locked {self.path()}", f"🔓 {agent} unlocked {self.path()}", f"❌ {agent} cannot claim {self.task()}: held", f"💓 {agent}"])),
        ])()

    def long(self, text):
        c = self.chance
        if c.random() < 1 / self.left:
            self.renew()
        agent = c.choice(self.agents)
        roll = c.random()
        if roll < 0.3:
            return self.event("portal", **{"from": agent, "to": c.choice(self.agents)}, content=text)
        if roll < 0.5:
            return self.request(c.choice(["broadcast", "portal_send"]), agent_name=agent, message=text)
        if roll < 0.6:
            return {**(e := self.event("broadcast", **{"from": agent})), "params": {**e["params"], "content": text, "mention": None}}
        return self.event("message", **{"from": agent, "to": c.choice(self.agents), "role": c.choice(["user", "agent"]), "parts": [{"kind": "text", "text": text}]})


def words():
    """Entries that the vocabulary is to have whatever their number: names of agents, and our own words."""
    for name in MANNERS + ANIMALS:
        yield "-" + name
    for client in CLIENTS:
        yield client + "-"
        yield "@" + client + "-"
    for word in COLOURS + PLACES:
        yield word
    for word in THINGS + DEEDS + QUALITIES:
        yield " " + word
        yield word.capitalize()
        yield word


def main():
    if sys.argv[1] == "--words":
        print("\n".join(dict.fromkeys(words())))
        return
    folder = pathlib.Path(sys.argv[1])
    chance = random.Random(SEED)
    found = gather(folder)
    maker = Maker(chance, found["path"])
    out = []
    for line in log_lines(balanced(chance, found["log"], ROOM["log"])):
        out.append(maker.short(line))
        out.append(maker.bare())
        if chance.random() < 0.35:
            out.append(maker.short(maker.phrase()))
    for text in pieces(chance, balanced(chance, found["prose"], ROOM["prose"]), 80, 1400):
        out.append(maker.long(reflow(chance, text)))
    for text in pieces(chance, balanced(chance, found["code"], ROOM["code"]), 80, 900):
        if chance.random() < 0.4:
            text = f"```{chance.choice(['', 'typescript', 'go', 'python', 'rust', 'bash', 'json'])}\n{text}\n```"
        out.append(maker.long(text))
    tongues = {}
    for archive, text in found["tongue"]:
        tongues.setdefault(archive, []).append((archive, text))
    for archive in sorted(tongues):
        room = ROOM["tongue"] * (5 if "-ru" in archive else 1)
        for text in pieces(chance, balanced(chance, tongues[archive], room), 80, 700):
            out.append(maker.long(reflow(chance, text)))
    chance.shuffle(out)
    digest = hashlib.sha256()
    for message in out:
        line = json.dumps({"m": json.dumps(message, ensure_ascii=False, separators=(",", ":"))}, ensure_ascii=False) + "\n"
        digest.update(line.encode())
        sys.stdout.write(line)
    print(f"{len(out)} messages, sha256 {digest.hexdigest()}", file=sys.stderr)


if __name__ == "__main__":
    main()
