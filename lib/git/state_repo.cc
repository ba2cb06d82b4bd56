#include "git/state_repo.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <set>
#include <thread>

#include "base/system.h"
#include "base/text.h"
#include "git/handles.h"
#include "git/loose_object.h"

namespace masc::git {
namespace {

constexpr std::chrono::seconds kLockPatience{10};
constexpr std::chrono::seconds kStaleAfter{2};
constexpr std::chrono::milliseconds kLockPause{2};
constexpr unsigned kShards = 32;
constexpr std::size_t kIdBytes = GIT_OID_RAWSZ;
constexpr std::string_view kRefLock = ".lock";
constexpr ssize_t kMostCached = ssize_t{1} << 19;

// libgit2's words are per thread and overwritten by the next call, so they are copied at once.
Error git2_error(int status, std::string_view what) {
  const git_error* last = git_error_last();
  const std::string words = last == nullptr ? "unknown error" : last->message;
  const bool unwritable = words.find("Read-only file system") != std::string::npos ||
                          words.find("Permission denied") != std::string::npos;
  if (unwritable) return error(ErrorCode::kUnwritable, "{}: {}", what, words);
  if (status == GIT_ELOCKED) return error(ErrorCode::kBusy, "{}: {}", what, words);
  return error(ErrorCode::kGit, "{}: {}", what, words)
      .hint("masc git fsck   (shows what is damaged)");
}

// `git pack-refs` takes a ref's empty folder away at any moment, between the mkdir and the open of
// another process too.
bool directory_vanished(int status) {
  const git_error* last = git_error_last();
  return status < 0 && last != nullptr && last->klass == GIT_ERROR_OS &&
         std::string_view(last->message).find("No such file or directory") !=
             std::string_view::npos;
}

git_oid to_oid(const ObjectId& id) noexcept {
  git_oid oid;
  git_oid_fromraw(&oid, id.bytes());
  return oid;
}

ObjectId from_oid(const git_oid& oid) noexcept { return ObjectId::from_bytes(oid.id); }

// Names may be quoted in a ref's commit header; git forbids these in them.
std::string header_name(std::string_view name) {
  std::string clean;
  for (const char c : name) {
    if (c != '<' && c != '>' && c != '\n') clean += c;
  }
  return clean.empty() ? "unknown" : clean;
}

std::string format_commit(const Commit& commit) {
  std::string raw = fmt::format("tree {}\n", commit.tree.hex());
  for (const ObjectId& parent : commit.parents) raw += fmt::format("parent {}\n", parent.hex());
  const std::string who = header_name(commit.author);
  const std::string stamp = fmt::format("{} <{}@masc> {} +0000\n", who, who, commit.seconds);
  return raw + "author " + stamp + "committer " + stamp + "\n" + commit.message;
}

// "Name <mail> 1700000000 +0000"
void read_signature(std::string_view text, Commit& commit) {
  const std::size_t open = text.find(" <");
  const std::size_t close = text.rfind("> ");
  if (open == text.npos || close == text.npos) return;
  commit.author = std::string(text.substr(0, open));
  commit.seconds = std::strtoll(std::string(text.substr(close + 2)).c_str(), nullptr, 10);
}

Result<Commit> parse_commit(std::string_view raw) {
  Commit commit;
  bool has_tree = false;
  while (!raw.empty() && raw[0] != '\n') {
    const std::string_view line = take_until(raw, '\n');
    if (line.starts_with("tree ")) {
      MASC_TRY(commit.tree, ObjectId::parse(line.substr(5)));
      has_tree = true;
    } else if (line.starts_with("parent ")) {
      MASC_TRY(const ObjectId parent, ObjectId::parse(line.substr(7)));
      commit.parents.push_back(parent);
    } else if (line.starts_with("author ")) {
      read_signature(line.substr(7), commit);
    }
  }
  if (!has_tree || raw.empty()) return fail(ErrorCode::kFormat, "a damaged commit in state.git");
  commit.message = std::string(raw.substr(1));
  return commit;
}

// git's order: by bytes, directories as if their name ended in '/'.
bool tree_order(const TreeEntry& a, const TreeEntry& b) {
  const auto key = [](const TreeEntry& entry) {
    return entry.mode == 0040000 ? entry.name + '/' : entry.name;
  };
  return key(a) < key(b);
}

// The lock file of a ref, as it is now; its inode tells one from the next.
struct LockSeen {
  ino_t inode;
  timespec changed;
  bool operator==(const LockSeen& other) const {
    return inode == other.inode && changed.tv_sec == other.changed.tv_sec &&
           changed.tv_nsec == other.changed.tv_nsec;
  }
};

std::optional<LockSeen> see_lock(const std::string& path) {
  const auto info = stat_of(path);
  if (!info) return std::nullopt;
  return LockSeen{info->st_ino, info->st_mtim};
}

// git's locks of several refs, with the new values in them. What is not put in place is removed.
class RefLocks {
 public:
  explicit RefLocks(const std::string& directory) : directory_(directory) {}
  RefLocks(const RefLocks&) = delete;
  RefLocks& operator=(const RefLocks&) = delete;
  ~RefLocks() {
    for (const std::string& path : paths_) unlink((path + std::string(kRefLock)).c_str());
  }

  // False: another has one of them.
  Result<bool> take(const std::vector<RefMove>& moves) {
    for (const RefMove& move : moves) {
      MASC_TRY(const bool taken, take(move));
      if (!taken) return false;
    }
    return true;
  }
  Result<void> put_in_place() {
    for (const std::string& path : std::exchange(paths_, {}))
      MASC_CHECK(rename_path(path + std::string(kRefLock), path));
    return {};
  }

 private:
  Result<bool> take(const RefMove& move) {
    const std::string path = directory_ + "/" + move.name;
    const std::string lock = path + std::string(kRefLock);
    const auto make = [&] {
      return Fd(::open(lock.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
    };
    Fd file = make();
    while (!file && errno == ENOENT) {  // again if `git pack-refs` takes the empty folder away
      MASC_CHECK(make_directories(std::string(dir_name(path))));
      file = make();
    }
    if (!file && errno == EEXIST) return false;
    if (!file) return fail(os_error(errno, "cannot lock " + move.name));
    paths_.push_back(path);
    MASC_CHECK(write_all(file.get(), move.next.hex() + "\n", lock));
    return true;
  }

  std::string directory_;
  std::vector<std::string> paths_;  // of the refs that are locked
};

constexpr const char* kFolders[] = {"/objects/info", "/objects/pack", "/refs/masc", "/refs/notes",
                                    "/refs/heads"};

constexpr unsigned char kEmptyTree[20] = {0x4b, 0x82, 0x5d, 0xc6, 0x42, 0xcb, 0x6e,
                                          0xb9, 0xa0, 0x60, 0xe5, 0x4b, 0xf8, 0xd6,
                                          0x92, 0x88, 0xfb, 0xee, 0x49, 0x04};

unsigned shard_of(const std::string& ref_name) {
  unsigned hash = 2166136261U;  // FNV-1a: any fixed spread will do
  for (const char c : ref_name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
  return hash % kShards;
}

}  // namespace

void start_libgit2() {
  static const bool started = [] {
    git_libgit2_init();
    for (const int level : {GIT_CONFIG_LEVEL_PROGRAMDATA, GIT_CONFIG_LEVEL_SYSTEM,
                            GIT_CONFIG_LEVEL_XDG, GIT_CONFIG_LEVEL_GLOBAL}) {
      git_libgit2_opts(GIT_OPT_SET_SEARCH_PATH, level, "");
    }
    // The odb checks an object's existence before every reference to it; masc writes them itself.
    git_libgit2_opts(GIT_OPT_ENABLE_STRICT_OBJECT_CREATION, 0);
    git_libgit2_opts(GIT_OPT_SET_OWNER_VALIDATION, 0);
    // As git reads: zlib's checksum finds a torn file, `git fsck` (and doctor) one of another name.
    git_libgit2_opts(GIT_OPT_ENABLE_STRICT_HASH_VERIFICATION, 0);
    // Whoever listens for hours meets every object once; libgit2 would remember 256 MiB of them.
    git_libgit2_opts(GIT_OPT_SET_CACHE_MAX_SIZE, kMostCached);
    return true;
  }();
  static_cast<void>(started);
}

std::string libgit2_version() { return LIBGIT2_VERSION; }

Result<ObjectId> ObjectId::parse(std::string_view hex) {
  git_oid oid;
  const bool sized = hex.size() == GIT_OID_HEXSZ;
  if (!sized || git_oid_fromstrn(&oid, hex.data(), hex.size()) != 0) {
    return fail(ErrorCode::kInvalid, "'{}' is no object id", printable(hex));
  }
  return from_oid(oid);
}

ObjectId ObjectId::from_bytes(const unsigned char* bytes20) noexcept {
  ObjectId id;
  std::memcpy(id.bytes_.data(), bytes20, id.bytes_.size());
  return id;
}

std::string ObjectId::hex() const {
  std::string text(GIT_OID_HEXSZ, '0');
  const git_oid oid = to_oid(*this);
  git_oid_fmt(text.data(), &oid);
  return text;
}

bool ObjectId::is_zero() const noexcept { return *this == ObjectId{}; }

struct StateRepo::Impl {
  std::string directory;
  RepositoryHandle repository;
  OdbHandle odb;
  RefBackendHandle refs;

  Result<ObjectHandle> read(const ObjectId& id, git_object_t type) const {
    git_odb_object* object = nullptr;
    const git_oid oid = to_oid(id);
    if (const int status = git_odb_read(&object, odb.get(), &oid); status != 0) {
      return fail(git2_error(status, "cannot read " + id.hex() + " in state.git"));
    }
    ObjectHandle handle(object);
    if (git_odb_object_type(object) != type) {
      return fail(ErrorCode::kFormat, "{} in state.git is of another type", id.hex());
    }
    return handle;
  }

  // git_odb_write() would look for the object in every pack first.
  Result<ObjectId> write(std::string_view data, git_object_t type) {
    git_oid oid;
    git_odb_hash(&oid, data.data(), data.size(), type);
    const ObjectId id = from_oid(oid);
    if (exists(loose_path(id))) return id;
    MASC_CHECK(
        write_loose_object(directory + "/objects", id.hex(), git_object_type2string(type), data));
    return id;
  }

  std::string loose_path(const ObjectId& id) const {
    const std::string hex = id.hex();
    return fmt::format("{}/objects/{}/{}", directory, hex.substr(0, 2), hex.substr(2));
  }

  Result<FileLock> lock_shard(unsigned shard) const {
    const std::string folder = join_path(dir_name(directory), "flock");
    const std::string path = fmt::format("{}/{:02}", folder, shard);
    auto held = FileLock::acquire(path, kLockPatience);
    if (held || held.error().code != ErrorCode::kNotFound) return held;
    MASC_CHECK(make_directories(folder));
    return FileLock::acquire(path, kLockPatience);
  }

  // Removes the locks of refs that a killed process left behind: unchanged for 2 s by this
  // process's own clock, while the flocks that every masc writer needs are ours. False if there
  // are none.
  bool break_stale_locks(const std::vector<std::string>& names) const {
    if (on_network_file_system(directory)) return false;
    std::vector<std::pair<std::string, LockSeen>> left;
    for (const std::string& name : names) {
      const std::string path = fmt::format("{}/{}{}", directory, name, kRefLock);
      if (const auto seen = see_lock(path)) left.emplace_back(path, *seen);
    }
    const auto deadline = std::chrono::steady_clock::now() + kStaleAfter;
    while (!left.empty() && std::chrono::steady_clock::now() < deadline) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      std::erase_if(left, [](const auto& lock) { return see_lock(lock.first) != lock.second; });
    }
    for (const auto& [path, seen] : left) unlink(path.c_str());
    return !left.empty();
  }

  // The files backend itself, without what git_reference_create_matching() does around it (it looks
  // the object up again and reads the time zone for a reflog that is not kept). Both compare under
  // the ref's lock; the zero id means "must not exist".
  int move_ref(const std::string& name, const git_oid& expected,
               const std::optional<ObjectId>& next) {
    if (!next) return refs->del(refs.get(), name.c_str(), &expected, nullptr);
    const git_oid id = to_oid(*next);
    const ReferenceHandle ref(git_reference__alloc(name.c_str(), &id, nullptr));
    if (!ref) return -1;
    return refs->write(refs.get(), ref.get(), 1, nullptr, nullptr, &expected, nullptr);
  }
};

StateRepo::StateRepo(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
StateRepo::StateRepo(StateRepo&&) noexcept = default;
StateRepo& StateRepo::operator=(StateRepo&&) noexcept = default;
StateRepo::~StateRepo() = default;

const std::string& StateRepo::directory() const noexcept { return impl_->directory; }

std::string StateRepo::shared_setting() const {
  // Every process asks, and next to none has it set.
  const auto text = read_file_if_any(directory() + "/config");
  if (text && *text && (*text)->find("sharedrepository") == std::string::npos) return "";
  git_config* made = nullptr;
  if (git_config_open_ondisk(&made, (directory() + "/config").c_str()) != 0) return "";
  const ConfigHandle config(made);
  git_buf value = GIT_BUF_INIT;
  std::string setting;
  if (git_config_get_string_buf(&value, made, "core.sharedrepository") == 0)
    setting.assign(value.ptr, value.size);
  git_buf_dispose(&value);
  return setting;
}

Result<StateRepo> StateRepo::open(const std::string& directory) {
  if (!exists(directory + "/HEAD")) {
    return fail(error(ErrorCode::kNoWorkspace, "this repository is no masc workspace")
                    .hint("masc init   (once per repository)"));
  }
  start_libgit2();
  auto impl = std::make_unique<Impl>();
  impl->directory = directory;
  git_repository* repository = nullptr;
  if (const int status = git_repository_open_bare(&repository, directory.c_str()); status != 0) {
    return fail(git2_error(status, "cannot open " + directory));
  }
  impl->repository.reset(repository);
  // What masc does with it depends on no setting, so none is read.
  git_config* none = nullptr;
  if (const int status = git_config_new(&none); status != 0)
    return fail(git2_error(status, "cannot open " + directory));
  const ConfigHandle settings(none);
  git_repository_set_config(repository, none);
  git_odb* odb = nullptr;
  if (const int status = git_odb_open(&odb, (directory + "/objects").c_str()); status != 0)
    return fail(git2_error(status, "cannot open the objects of " + directory));
  impl->odb.reset(odb);
  git_refdb_backend* refs = nullptr;
  if (const int status = git_refdb_backend_fs(&refs, repository); status != 0)
    return fail(git2_error(status, "cannot open the refs of " + directory));
  impl->refs.reset(refs);
  return StateRepo(std::move(impl));
}

std::string StateRepo::missing_part(const std::string& directory) {
  for (const char* folder : kFolders) {
    if (!is_directory(directory + folder)) return folder;
  }
  for (const char* file : {"/HEAD", "/config"}) {
    if (!exists(directory + file)) return file;
  }
  return "";
}

Result<void> StateRepo::complete(const std::string& directory, std::string_view shared_setting) {
  for (const char* folder : kFolders) MASC_CHECK(make_directories(directory + folder));
  std::string config =
      "[core]\n\trepositoryformatversion = 1\n\tfilemode = true\n\tbare = true\n"
      "\tlogallrefupdates = false\n";
  if (!shared_setting.empty()) config += fmt::format("\tsharedrepository = {}\n", shared_setting);
  // git's own gc then prunes nothing: beside writers it would lose objects they are about to need.
  config += "[extensions]\n\tpreciousObjects = true\n[gc]\n\tauto = 0\n";
  const std::pair<const char*, std::string> files[] = {
      {"/config", config},
      {"/HEAD", "ref: refs/heads/masc\n"},
      {"/description", "masc: tasks, claims and messages of this repository\n"}};
  for (const auto& [name, text] : files) {
    if (!exists(directory + name)) MASC_CHECK(write_file(directory + name, text));
  }
  MASC_TRY(StateRepo made, open(directory));
  MASC_TRY(const ObjectId tree, made.write_tree({}));
  if (tree == empty_tree()) return {};
  return fail(ErrorCode::kBug, "the empty tree has the id {}", tree.hex());
}

Result<void> StateRepo::create(const std::string& directory, std::string_view shared_setting) {
  if (exists(directory + "/HEAD")) return {};
  const std::string fresh = fmt::format("{}.{}.new", directory, getpid());
  MASC_CHECK(remove_tree(fresh));
  if (auto made = complete(fresh, shared_setting); !made) {
    static_cast<void>(remove_tree(fresh));
    return made;
  }
  // Renaming onto an existing non-empty directory fails: then another init was first.
  if (rename(fresh.c_str(), directory.c_str()) == 0) return {};
  const int why = errno;
  MASC_CHECK(remove_tree(fresh));
  if (exists(directory + "/HEAD")) return {};
  return fail(os_error(why, "cannot create " + directory));
}

Result<std::optional<ObjectId>> StateRepo::ref(const std::string& name) const {
  git_reference* found = nullptr;
  const int status = impl_->refs->lookup(&found, impl_->refs.get(), name.c_str());
  if (status == GIT_ENOTFOUND) return std::nullopt;
  if (status != 0) return fail(git2_error(status, "cannot read the ref " + name));
  const ReferenceHandle handle(found);
  const git_oid* target = git_reference_target(found);
  if (target == nullptr) return fail(ErrorCode::kFormat, "the ref {} is symbolic", name);
  return from_oid(*target);
}

Result<std::vector<Ref>> StateRepo::refs(const std::string& prefix) const {
  git_reference_iterator* made = nullptr;
  const std::string glob = prefix + "*";
  int status = git_reference_iterator_glob_new(&made, impl_->repository.get(), glob.c_str());
  if (status != 0) return fail(git2_error(status, "cannot list the refs " + glob));
  const ReferenceIteratorHandle iterator(made);
  std::vector<Ref> found;
  git_reference* next = nullptr;
  while ((status = git_reference_next(&next, made)) == 0) {
    const ReferenceHandle handle(next);
    const git_oid* target = git_reference_target(next);
    if (target != nullptr) found.push_back({git_reference_name(next), from_oid(*target)});
  }
  if (status != GIT_ITEROVER) return fail(git2_error(status, "cannot list the refs " + glob));
  std::sort(found.begin(), found.end(), [](const Ref& a, const Ref& b) { return a.name < b.name; });
  return found;
}

bool StateRepo::has(const ObjectId& id) const {
  const git_oid oid = to_oid(id);
  return git_odb_exists(impl_->odb.get(), &oid) == 1;
}

Result<std::string> StateRepo::raw_commit(const ObjectId& id) const {
  MASC_TRY(const ObjectHandle object, impl_->read(id, GIT_OBJECT_COMMIT));
  return std::string(static_cast<const char*>(git_odb_object_data(object.get())),
                     git_odb_object_size(object.get()));
}

Result<Commit> StateRepo::commit(const ObjectId& id) const {
  MASC_TRY(const std::string raw, raw_commit(id));
  return parse_commit(raw);
}

Result<std::string> StateRepo::blob(const ObjectId& id) const {
  MASC_TRY(const ObjectHandle object, impl_->read(id, GIT_OBJECT_BLOB));
  return std::string(static_cast<const char*>(git_odb_object_data(object.get())),
                     git_odb_object_size(object.get()));
}

// "<octal mode> <name>\0<20 bytes>", one after another.
Result<std::vector<TreeEntry>> StateRepo::tree(const ObjectId& id) const {
  MASC_TRY(const ObjectHandle object, impl_->read(id, GIT_OBJECT_TREE));
  std::string_view raw(static_cast<const char*>(git_odb_object_data(object.get())),
                       git_odb_object_size(object.get()));
  std::vector<TreeEntry> entries;
  while (!raw.empty()) {
    const std::size_t space = raw.find(' ');
    const std::size_t end = raw.find('\0');
    unsigned mode = 0;
    const bool whole = space != raw.npos && end != raw.npos && space < end &&
                       raw.size() - end > kIdBytes &&
                       std::from_chars(raw.data(), raw.data() + space, mode, 8).ec == std::errc{};
    if (!whole) return fail(ErrorCode::kFormat, "the tree {} in state.git is damaged", id.hex());
    const auto* bytes = reinterpret_cast<const unsigned char*>(raw.data() + end + 1);
    entries.push_back(
        {mode, std::string(raw.substr(space + 1, end - space - 1)), ObjectId::from_bytes(bytes)});
    raw.remove_prefix(end + 1 + kIdBytes);
  }
  return entries;
}

Result<ObjectId> StateRepo::write_blob(std::string_view data) {
  return impl_->write(data, GIT_OBJECT_BLOB);
}

Result<ObjectId> StateRepo::write_tree(std::vector<TreeEntry> entries) {
  std::sort(entries.begin(), entries.end(), tree_order);
  std::string raw;
  for (const TreeEntry& entry : entries) {
    raw += fmt::format("{:o} {}", entry.mode, entry.name);
    raw += '\0';
    raw.append(reinterpret_cast<const char*>(entry.id.bytes()), kIdBytes);
  }
  return impl_->write(raw, GIT_OBJECT_TREE);
}

Result<ObjectId> StateRepo::write_commit(const Commit& commit) {
  return write_raw_commit(format_commit(commit));
}

Result<ObjectId> StateRepo::write_raw_commit(std::string_view raw) {
  return impl_->write(raw, GIT_OBJECT_COMMIT);
}

ObjectId StateRepo::blob_id(std::string_view data) {
  start_libgit2();
  git_oid oid;
  git_odb_hash(&oid, data.data(), data.size(), GIT_OBJECT_BLOB);
  return from_oid(oid);
}

ObjectId StateRepo::empty_tree() { return ObjectId::from_bytes(kEmptyTree); }

Result<FileLock> StateRepo::lock(const std::string& name) const {
  return impl_->lock_shard(shard_of(name));
}

Result<std::vector<FileLock>> StateRepo::lock_each(const std::vector<std::string>& names) const {
  std::set<unsigned> shards;
  for (const std::string& name : names) shards.insert(shard_of(name));
  std::vector<FileLock> locks;
  for (const unsigned shard : shards) {
    MASC_TRY(FileLock lock, impl_->lock_shard(shard));
    locks.push_back(std::move(lock));
  }
  return locks;
}

Result<std::vector<FileLock>> StateRepo::lock_all() const {
  std::vector<FileLock> locks;
  for (unsigned shard = 0; shard < kShards; ++shard) {
    MASC_TRY(FileLock lock, impl_->lock_shard(shard));
    locks.push_back(std::move(lock));
  }
  return locks;
}

Result<void> StateRepo::swap(const std::string& name, const std::optional<ObjectId>& expected,
                             const std::optional<ObjectId>& next) {
  const git_oid old = to_oid(expected.value_or(ObjectId{}));
  const auto deadline = std::chrono::steady_clock::now() + kLockPatience;
  int status = impl_->move_ref(name, old, next);
  while ((status == GIT_ELOCKED || directory_vanished(status)) &&
         std::chrono::steady_clock::now() < deadline) {
    if (status == GIT_ELOCKED && !impl_->break_stale_locks({name})) {
      std::this_thread::sleep_for(kLockPause);  // another's lock, or that of packed-refs
    }
    status = impl_->move_ref(name, old, next);
  }
  if (status == 0) return {};
  if (status == GIT_EMODIFIED || status == GIT_EEXISTS || status == GIT_ENOTFOUND) {
    return fail(ErrorCode::kConflict, "{} was changed by another process", name);
  }
  return fail(git2_error(status, "cannot move " + name));
}

Result<void> StateRepo::swap_all(const std::vector<RefMove>& moves) {
  std::vector<std::string> names;
  names.reserve(moves.size());
  for (const RefMove& move : moves) names.push_back(move.name);
  const auto deadline = std::chrono::steady_clock::now() + kLockPatience;
  do {
    {
      RefLocks locks(directory());
      MASC_TRY(const bool locked, locks.take(moves));
      for (const RefMove& move : moves) {
        MASC_TRY(const auto now, ref(move.name));
        if (now != move.expected)
          return fail(ErrorCode::kConflict, "{} was changed by another process", move.name);
      }
      if (locked) return locks.put_in_place();
    }
    if (!impl_->break_stale_locks(names)) std::this_thread::sleep_for(kLockPause);
  } while (std::chrono::steady_clock::now() < deadline);
  return fail(ErrorCode::kBusy, "another process keeps one of {} locked", join_words(names, ", "));
}

void StateRepo::forget(const ObjectId& id) const { unlink(impl_->loose_path(id).c_str()); }

}  // namespace masc::git
