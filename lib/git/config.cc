#include "git/config.h"

#include "base/file.h"
#include "git/handles.h"

namespace masc::git {

struct UserConfig::Impl {
  ConfigHandle config;

  void add(const std::string& path, git_config_level_t level) {
    if (!path.empty() && exists(path)) {
      git_config_add_file_ondisk(config.get(), path.c_str(), level, nullptr, 0);
    }
  }
};

UserConfig::UserConfig() : impl_(std::make_unique<Impl>()) {
  start_libgit2();
  git_config* made = nullptr;
  git_config_new(&made);
  impl_->config.reset(made);
}
UserConfig::UserConfig(UserConfig&&) noexcept = default;
UserConfig& UserConfig::operator=(UserConfig&&) noexcept = default;
UserConfig::~UserConfig() = default;

UserConfig UserConfig::load(const Repository& repository, const Environment& environment) {
  UserConfig result;
  Impl& impl = *result.impl_;
  const std::string home = environment.get("HOME");
  if (!environment.has("GIT_CONFIG_NOSYSTEM")) {
    const std::string system = environment.get("GIT_CONFIG_SYSTEM");
    impl.add(system.empty() ? "/etc/gitconfig" : system, GIT_CONFIG_LEVEL_SYSTEM);
  }
  if (environment.has("GIT_CONFIG_GLOBAL")) {
    impl.add(environment.get("GIT_CONFIG_GLOBAL"), GIT_CONFIG_LEVEL_GLOBAL);
  } else {
    const std::string xdg = environment.get("XDG_CONFIG_HOME");
    const std::string folder = xdg.empty() ? join_path(home, ".config") : xdg;
    impl.add(folder + "/git/config", GIT_CONFIG_LEVEL_XDG);
    if (!home.empty()) impl.add(home + "/.gitconfig", GIT_CONFIG_LEVEL_GLOBAL);
  }
  impl.add(repository.common_dir + "/config", GIT_CONFIG_LEVEL_LOCAL);
  if (result.get_bool("extensions.worktreeconfig", false)) {
    impl.add(repository.git_dir + "/config.worktree", GIT_CONFIG_LEVEL_APP);
  }
  return result;
}

UserConfig UserConfig::load_file(const std::string& path) {
  UserConfig result;
  result.impl_->add(path, GIT_CONFIG_LEVEL_LOCAL);
  return result;
}

std::optional<std::string> UserConfig::get(const std::string& name) const {
  git_buf value = GIT_BUF_INIT;
  if (git_config_get_string_buf(&value, impl_->config.get(), name.c_str()) != 0)
    return std::nullopt;
  std::string text(value.ptr, value.size);
  git_buf_dispose(&value);
  return text;
}

bool UserConfig::get_bool(const std::string& name, bool otherwise) const {
  int value = 0;
  if (git_config_get_bool(&value, impl_->config.get(), name.c_str()) != 0) return otherwise;
  return value != 0;
}

}  // namespace masc::git
