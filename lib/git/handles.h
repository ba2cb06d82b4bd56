// One owner per libgit2 pointer.
#pragma once

#include <git2.h>
#include <git2/sys/refdb_backend.h>
#include <git2/sys/refs.h>
#include <git2/sys/repository.h>

#include <memory>

namespace masc::git {

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* pointer) const noexcept {
    Free(pointer);
  }
};

using RepositoryHandle = std::unique_ptr<git_repository, Freer<git_repository_free>>;
using OdbHandle = std::unique_ptr<git_odb, Freer<git_odb_free>>;
using ObjectHandle = std::unique_ptr<git_odb_object, Freer<git_odb_object_free>>;
using ReferenceHandle = std::unique_ptr<git_reference, Freer<git_reference_free>>;
using ReferenceIteratorHandle =
    std::unique_ptr<git_reference_iterator, Freer<git_reference_iterator_free>>;
// Backends free themselves through their own table.
struct BackendFreer {
  template <class T>
  void operator()(T* backend) const noexcept {
    backend->free(backend);
  }
};
using RefBackendHandle = std::unique_ptr<git_refdb_backend, BackendFreer>;
using ConfigHandle = std::unique_ptr<git_config, Freer<git_config_free>>;

// Initialises libgit2 once a process, with empty configuration search paths.
void start_libgit2();

}  // namespace masc::git
