#include "guard/hooks.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>

#include "base/file.h"
#include "base/text.h"
#include "git/config.h"
#include "git/slot.h"

namespace masc::guard {
namespace {

constexpr std::array<std::string_view, 28> kGitHooks = {"applypatch-msg",
                                                        "commit-msg",
                                                        "fsmonitor-watchman",
                                                        "p4-changelist",
                                                        "p4-post-changelist",
                                                        "p4-pre-submit",
                                                        "p4-prepare-changelist",
                                                        "post-applypatch",
                                                        "post-checkout",
                                                        "post-commit",
                                                        "post-index-change",
                                                        "post-merge",
                                                        "post-receive",
                                                        "post-rewrite",
                                                        "post-update",
                                                        "pre-applypatch",
                                                        "pre-auto-gc",
                                                        "pre-commit",
                                                        "pre-merge-commit",
                                                        "pre-push",
                                                        "pre-rebase",
                                                        "pre-receive",
                                                        "prepare-commit-msg",
                                                        "proc-receive",
                                                        "push-to-checkout",
                                                        "reference-transaction",
                                                        "sendemail-validate",
                                                        "update"};

constexpr std::string_view kSection =
    "[includeIf \"gitdir:**/worktrees/masc-*\"]\n\tpath = masc/hooks.config\n";
// In hooks.config: .git/config did not end in a newline, so one came before the section.
constexpr std::string_view kJoined = "# joined by a newline\n";
// In hooks.config: <common dir>/hooks was not there.
constexpr std::string_view kMadeFolder = "# made the hooks folder\n";
constexpr const char* kLinkTarget = "../bin/masc";
constexpr const char* kMainTarget = "../masc/bin/masc";
constexpr std::chrono::seconds kConfigPatience{2};
constexpr std::array<const char*, 2> kMainHooks = {"pre-commit", "pre-push"};

std::string bin_path(const git::Repository& repository) {
  return repository.masc_dir() + "/bin/masc";
}
std::string links_path(const git::Repository& repository) {
  return repository.masc_dir() + "/hooks";
}
std::string config_file(const git::Repository& repository) {
  return repository.masc_dir() + "/hooks.config";
}
std::string config_draft(const git::Repository& repository) {
  return repository.masc_dir() + "/config.draft";
}
std::string main_hooks(const git::Repository& repository) {
  return repository.common_dir + "/hooks";
}

std::string config_path(const git::Repository& repository) {
  const std::string path = repository.common_dir + "/config";
  return real_path(path).value_or(path);
}

bool is_executable(const std::string& path) {
  const auto info = stat_of(path);
  return info && S_ISREG(info->st_mode) && access(path.c_str(), X_OK) == 0;
}

// A value as git config reads it back (git-config(1), "Syntax").
std::string config_quote(std::string_view value) {
  std::string out = "\"";
  for (const char c : value) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else {
      out += c;
    }
  }
  return out + "\"";
}

// Takes git's lock on .git/config by linking a draft to it, so that a lock which a killed masc left
// is known by its inode. The caller holds masc's own lock.
Result<void> lock_config(const std::string& draft, const std::string& lock) {
  const auto deadline = std::chrono::steady_clock::now() + kConfigPatience;
  while (link(draft.c_str(), lock.c_str()) != 0) {
    if (errno == EXDEV) {
      // The configuration is a link to another file system.
      const Fd made(open(lock.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
      if (made) return {};
    }
    if (errno != EEXIST) return fail(os_error(errno, "cannot lock " + lock));
    if (std::chrono::steady_clock::now() > deadline) {
      return fail(
          error(ErrorCode::kBusy, "'{}' exists: another git is changing the configuration", lock)
              .hint("repeat the command when it has ended"));
    }
    usleep(10'000);
  }
  return {};
}

// Rewrites .git/config under git's own lock. `edit` returns the new text.
template <class Edit>
Result<void> edit_config(const git::Repository& repository, Edit edit) {
  // As git does: the file that a link names is the one that is locked and replaced.
  const std::string path = config_path(repository);
  const std::string lock = path + ".lock";
  const std::string draft = config_draft(repository);
  MASC_CHECK(make_directories(repository.masc_dir() + "/flock"));
  MASC_TRY(const FileLock held,
           FileLock::acquire(repository.masc_dir() + "/flock/config", kConfigPatience));
  if (is_own_config_lock(repository)) MASC_CHECK(remove_file(lock));
  const auto finish = [&]() -> Result<void> {
    MASC_CHECK(remove_file(draft));
    MASC_CHECK(write_file(draft, ""));
    MASC_CHECK(lock_config(draft, lock));
    const auto write = [&]() -> Result<void> {
      MASC_TRY(const std::string old, read_file(path));
      MASC_TRY(const std::string text, edit(old));
      if (text == old) return remove_file(lock);
      const Fd file(open(lock.c_str(), O_WRONLY | O_CLOEXEC));
      if (!file) return fail(os_error(errno, "cannot write " + lock));
      if (const auto info = stat_of(path)) fchmod(file.get(), info->st_mode & 07777);
      MASC_CHECK(write_all(file.get(), text, lock));
      return rename_path(lock, path);
    };
    auto written = write();
    if (!written) unlink(lock.c_str());
    return written;
  };
  auto done = finish();
  // After the rename it is a second name of .git/config itself; only the name goes.
  unlink(draft.c_str());
  return done;
}

// Root may write through a link to the copy of the program, although that is read-only. What it
// wrote is a hook, and nobody can tell which.
Result<void> rescue_overwritten(const git::Repository& repository) {
  const std::string folder = main_hooks(repository);
  MASC_CHECK(make_directories(folder));
  std::string target = folder + "/written-over-masc";
  for (int i = 2; exists(target); ++i) target = fmt::format("{}/written-over-masc.{}", folder, i);
  return rename_path(bin_path(repository), target);
}

Result<void> copy_program(const git::Repository& repository, const std::string& program) {
  const std::string target = bin_path(repository);
  MASC_CHECK(make_directories(std::string(dir_name(target))));
  const auto there = stat_of(target);
  const auto source = stat_of(program);
  if (there && source && there->st_ino == source->st_ino && there->st_dev == source->st_dev)
    return {};
  if (is_overwritten(repository)) MASC_CHECK(rescue_overwritten(repository));
  return copy_file(program, target, 0555);
}

// What somebody wrote over a link of ours belongs to the user's hooks.
Result<void> rescue_foreign(const std::string& path, const std::string& hooks_path,
                            const std::string& name) {
  if (!exists(path) || read_symlink(path)) return {};
  const std::string target = join_path(hooks_path, name);
  if (exists(target)) return rename_path(path, path + ".user");
  MASC_CHECK(make_directories(hooks_path));
  return rename_path(path, target);
}

Result<void> write_hooks_config(const git::Repository& repository, bool joined, bool made_folder) {
  std::string text =
      fmt::format("[core]\n\thooksPath = {}\n", config_quote(links_path(repository)));
  if (joined) text += kJoined;
  if (made_folder) text += kMadeFolder;
  return write_file(config_file(repository), text);
}

// A section for the worktrees of claims that is not ours: where it begins, and how long it is.
std::pair<std::size_t, std::size_t> foreign_section(std::string_view text) {
  const std::string_view header = kSection.substr(0, kSection.find('\n') + 1);
  for (std::size_t at = 0; (at = text.find(header, at)) != text.npos; at += header.size()) {
    if (text.substr(at).starts_with(kSection)) continue;
    std::size_t end = text.find("\n[", at + header.size() - 1);
    end = end == text.npos ? text.size() : end + 1;
    return {at, end - at};
  }
  return {0, 0};
}

std::string hooks_config_text(const git::Repository& repository) {
  const auto text = read_file_if_any(config_file(repository));
  return text && *text ? **text : std::string();
}

Result<void> add_section(const git::Repository& repository, bool made_folder) {
  const std::string notes = hooks_config_text(repository);
  const bool made = made_folder || notes.find(kMadeFolder) != std::string::npos;
  return edit_config(repository, [&](const std::string& old) -> Result<std::string> {
    const bool present = old.find(kSection) != std::string::npos;
    const bool joined =
        present ? notes.find(kJoined) != std::string::npos : !old.empty() && old.back() != '\n';
    MASC_CHECK(write_hooks_config(repository, joined, made));
    if (present) return old;
    return old + (joined ? "\n" : "") + std::string(kSection);
  });
}

// pre-commit and pre-push where git looks for them in the main worktree, unless the user's are
// elsewhere.
Result<std::vector<HookState>> install_main(const git::Repository& repository,
                                            const std::string& hooks_path) {
  std::vector<HookState> states;
  const std::string folder = main_hooks(repository);
  for (const char* name : kMainHooks) {
    const std::string path = join_path(folder, name);
    if (hooks_path == folder && read_symlink(path) != kMainTarget) {
      if (exists(path)) MASC_CHECK(rename_path(path, path + ".user"));
      MASC_CHECK(make_symlink(kMainTarget, path));
    }
    states.push_back(main_state(repository, hooks_path, name));
  }
  return states;
}

std::vector<HookState> claim_states(const git::Repository& repository,
                                    const std::string& hooks_path) {
  std::vector<HookState> states;
  for (const std::string& name : own_hooks()) {
    HookState state;
    state.name = name;
    state.installed = read_symlink(join_path(links_path(repository), name)) == kLinkTarget;
    state.chained = !chained_hook(repository, hooks_path, name).empty();
    states.push_back(std::move(state));
  }
  return states;
}

}  // namespace

bool is_overwritten(const git::Repository& repository) {
  const Fd file(open(bin_path(repository).c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return false;
  char head[4] = {};
  const bool program =
      read(file.get(), head, sizeof head) == 4 && std::string_view(head, sizeof head) ==
                                                      "\x7f"
                                                      "ELF";
  return !program;
}

bool is_own_config_lock(const git::Repository& repository) {
  const auto lock = stat_of(config_path(repository) + ".lock");
  const auto draft = stat_of(config_draft(repository));
  return lock && draft && lock->st_ino == draft->st_ino && lock->st_dev == draft->st_dev;
}

ConfigFacts look_at_config(const git::Repository& repository) {
  ConfigFacts facts;
  facts.installed = exists(config_file(repository));
  facts.right_path = hooks_config_text(repository)
                         .starts_with(fmt::format("[core]\n\thooksPath = {}\n",
                                                  config_quote(links_path(repository))));
  const auto text = read_file_if_any(repository.common_dir + "/config");
  if (!text || !*text) return facts;
  facts.present = (*text)->find(kSection) != std::string::npos;
  facts.foreign = foreign_section(**text).second > 0;
  return facts;
}

Result<void> drop_foreign_section(const git::Repository& repository) {
  return edit_config(repository, [](const std::string& old) -> Result<std::string> {
    std::string text = old;
    const auto [begin, length] = foreign_section(text);
    return text.erase(begin, length);
  });
}

Result<void> break_own_config_lock(const git::Repository& repository) {
  return edit_config(repository, [](const std::string& old) -> Result<std::string> { return old; });
}

bool is_git_hook(std::string_view name) noexcept {
  return std::find(kGitHooks.begin(), kGitHooks.end(), name) != kGitHooks.end();
}

const std::vector<std::string>& own_hooks() {
  static const std::vector<std::string> names = {"post-rewrite",       "pre-commit",
                                                 "pre-push",           "pre-rebase",
                                                 "prepare-commit-msg", "reference-transaction"};
  return names;
}

void put_hook(JsonWriter& json, const HookState& hook) {
  json.begin_object().field("name", hook.name).field("installed", hook.installed);
  json.field("chained", hook.chained).field("fires", hook.fires);
  json.field_or_null("remark", hook.remark).end_object();
}

std::string user_hooks_path(const git::Repository& repository,
                            const git::Environment& environment) {
  const auto config = git::UserConfig::load(repository, environment);
  auto configured = config.get(git::kUserHooks);
  if (!configured) configured = config.get("core.hookspath");
  if (!configured || configured->empty()) {
    // A link leads to a folder that others may use as well.
    const std::string own = main_hooks(repository);
    return read_symlink(own) ? real_path(own).value_or(own) : own;
  }
  if (configured->starts_with("~/")) return environment.get("HOME") + configured->substr(1);
  const std::string& tree =
      repository.work_tree.empty() ? repository.common_dir : repository.work_tree;
  std::string path = join_path(tree, *configured);
  if (is_directory(path)) return path;
  // What only the main worktree's set-up made (husky's `.husky/_`) serves claim worktrees too.
  std::string main = join_path(git::main_root(repository), *configured);
  return is_directory(main) ? main : path;
}

std::string chained_hook(const git::Repository& repository, const std::string& hooks_path,
                         const std::string& name) {
  std::string path = join_path(hooks_path, name);
  const auto link = read_symlink(path);
  if (link == kMainTarget || link == bin_path(repository)) path += ".user";
  return is_executable(path) ? path : "";
}

HookState main_state(const git::Repository& repository, const std::string& hooks_path,
                     const std::string& name) {
  HookState state;
  state.name = "main/" + name;
  const std::string path = join_path(hooks_path, name);
  if (hooks_path == main_hooks(repository) && read_symlink(path) == kMainTarget) {
    state.installed = true;
    state.chained = is_executable(path + ".user");
    return state;
  }
  const auto text = read_file_if_any(path);
  state.installed = text && *text && (*text)->find("masc hook run " + name) != std::string::npos;
  if (!state.installed && hooks_path != main_hooks(repository)) {
    state.remark = fmt::format(
        "the hooks are in {}: add the line `masc hook run {} \"$@\" || exit` to your own hook "
        "there",
        shell_quote(hooks_path), name);
  }
  return state;
}

Result<void> sync_links(const git::Repository& repository, const std::string& hooks_path) {
  const std::string folder = links_path(repository);
  std::vector<std::string> wanted = own_hooks();
  const auto users = list_directory(hooks_path);
  if (users) {
    for (const std::string& name : *users) {
      if (is_git_hook(name) && is_executable(join_path(hooks_path, name))) wanted.push_back(name);
    }
  }
  for (const std::string& name : wanted) {
    const std::string path = join_path(folder, name);
    if (read_symlink(path) == kLinkTarget) continue;
    MASC_CHECK(rescue_foreign(path, hooks_path, name));
    MASC_CHECK(make_symlink(kLinkTarget, path));
  }
  return {};
}

Result<std::vector<HookState>> install_hooks(const git::Repository& repository, const git::Git& git,
                                             const std::string& program) {
  MASC_CHECK(copy_program(repository, program));
  MASC_CHECK(make_directories(links_path(repository)));
  const std::string hooks_path = user_hooks_path(repository, git.environment());
  const bool made_folder = hooks_path == main_hooks(repository) && !exists(hooks_path);
  if (made_folder) MASC_CHECK(make_directories(hooks_path));
  MASC_CHECK(add_section(repository, made_folder));
  MASC_CHECK(sync_links(repository, hooks_path));
  MASC_TRY(auto states, install_main(repository, hooks_path));
  auto claims = claim_states(repository, hooks_path);
  states.insert(states.begin(), claims.begin(), claims.end());
  return states;
}

Result<std::vector<HookState>> remove_hooks(const git::Repository& repository,
                                            const git::Git& git) {
  const std::string notes = hooks_config_text(repository);
  MASC_CHECK(edit_config(repository, [&](const std::string& old) -> Result<std::string> {
    std::string text = old;
    const std::size_t at = text.find(kSection);
    if (at == std::string::npos) return text;
    text.erase(at, kSection.size());
    const bool joined = notes.find(kJoined) != std::string::npos && at == text.size() && at > 0;
    if (joined && text.back() == '\n') text.pop_back();
    return text;
  }));
  for (const char* name : kMainHooks) {
    const std::string path = join_path(main_hooks(repository), name);
    if (read_symlink(path) != kMainTarget) continue;
    if (exists(path + ".user")) {
      MASC_CHECK(rename_path(path + ".user", path));
    } else {
      MASC_CHECK(remove_file(path));
    }
  }
  // Only an empty folder goes.
  if (notes.find(kMadeFolder) != std::string::npos) rmdir(main_hooks(repository).c_str());
  MASC_CHECK(remove_tree(links_path(repository)));
  MASC_CHECK(remove_tree(repository.masc_dir() + "/bin"));
  MASC_CHECK(remove_file(config_file(repository)));
  return claim_states(repository, user_hooks_path(repository, git.environment()));
}

}  // namespace masc::guard
