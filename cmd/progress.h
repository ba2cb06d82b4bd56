// How far a long verb has come, on a terminal.
#pragma once

#include <chrono>
#include <string>

#include "cmd/context.h"

namespace masc::cmd {

// Writes "importing 4,000 of 10,000" over itself on standard error, from a second after its
// beginning on, ten times a second, and wipes it out at the end. Silent where standard error is no
// terminal, and with --json or -q.
class Progress {
 public:
  Progress(const Context& context, std::string what);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  void at(std::size_t done, std::size_t all);

 private:
  std::string what_;
  bool shown_ = false;
  bool silent_;
  std::chrono::steady_clock::time_point next_;
};

// "10,000"
std::string grouped(std::size_t number);

}  // namespace masc::cmd
