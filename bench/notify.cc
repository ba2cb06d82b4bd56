// bench/notify: what telling costs its sender, how soon a listener wakes, and a stream of 100
// messages a second.
#include <fmt/format.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <thread>
#include <vector>

#include "base/file.h"
#include "wire/batch.h"
#include "wire/datagram.h"

namespace {

using Clock = std::chrono::steady_clock;
using masc::wire::Listener;

double micros(Clock::duration time) {
  return std::chrono::duration<double, std::micro>(time).count();
}

double median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

double cpu_seconds(int who) {
  rusage usage{};
  getrusage(who, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

void cost(const std::string& folder) {
  for (const std::size_t count : {0, 1, 10, 100}) {
    std::vector<Listener> listeners;
    for (std::size_t i = 0; i < count; ++i)
      listeners.push_back(std::move(*Listener::open(folder, "ear" + std::to_string(i))));
    std::vector<double> times;
    for (int i = 0; i < 2000; ++i) {
      const auto begin = Clock::now();
      masc::wire::tell_listeners(folder, "a frame of fifty bytes or so, as most of them are.");
      times.push_back(micros(Clock::now() - begin));
      for (Listener& listener : listeners) listener.drain();
    }
    fmt::print("{:>3} listeners: {:>8.1f} us a send, {:.1f} us a listener\n", count, median(times),
               count == 0 ? 0 : median(times) / static_cast<double>(count));
  }
}

// A child that notes when each datagram reached it; times are compared on the one steady clock.
void wake(const std::string& folder) {
  int ends[2];
  if (pipe(ends) != 0) return;
  const pid_t child = fork();
  if (child == 0) {
    auto listener = Listener::open(folder, "waker");
    char ready = 'r';
    if (write(ends[1], &ready, 1) != 1) _exit(1);
    for (;;) {
      pollfd wait{listener->fd(), POLLIN, 0};
      poll(&wait, 1, -1);
      const auto now = Clock::now();
      while (const auto datagram = listener->receive()) {
        if (*datagram == "end") _exit(0);
        if (write(ends[1], &now, sizeof now) != static_cast<ssize_t>(sizeof now)) _exit(1);
      }
    }
  }
  char ready = 0;
  if (read(ends[0], &ready, 1) != 1) return;
  std::vector<double> times;
  for (int i = 0; i < 1000; ++i) {
    const auto sent = Clock::now();
    masc::wire::tell_listeners(folder, "wake up");
    Clock::time_point woke;
    if (read(ends[0], &woke, sizeof woke) != static_cast<ssize_t>(sizeof woke)) break;
    times.push_back(micros(woke - sent));
  }
  masc::wire::tell_listeners(folder, "end");
  waitpid(child, nullptr, 0);
  fmt::print("send to wake: median {:.1f} us, 99 % {:.1f} us\n", median(times),
             (std::sort(times.begin(), times.end()), times[times.size() * 99 / 100]));
}

void stream(const std::string& folder, int seconds) {
  int ends[2];
  if (pipe(ends) != 0) return;
  const pid_t child = fork();
  if (child == 0) {
    auto listener = Listener::open(folder, "stream");
    masc::wire::Decoder decoder;
    std::size_t count = 0, bytes = 0;
    char ready = 'r';
    if (write(ends[1], &ready, 1) != 1) _exit(1);
    for (bool more = true; more;) {
      pollfd wait{listener->fd(), POLLIN, 0};
      poll(&wait, 1, -1);
      while (const auto datagram = listener->receive()) {
        if (*datagram == "end") {
          more = false;
          continue;
        }
        std::string text;
        if (decoder.decode(*datagram, text)) ++count, bytes += text.size();
      }
    }
    const std::size_t result[] = {count, bytes};
    _exit(write(ends[1], result, sizeof result) == static_cast<ssize_t>(sizeof result) ? 0 : 1);
  }
  char ready = 0;
  if (read(ends[0], &ready, 1) != 1) return;
  masc::wire::Encoder encoder;
  masc::wire::BatchEncoder batches;
  std::vector<std::string> gathered;
  std::size_t json = 0, frames = 0, batched = 0;
  const double before = cpu_seconds(RUSAGE_SELF);
  const auto begin = Clock::now();
  const int total = seconds * 100;
  for (int i = 0; i < total; ++i) {
    const std::string text = fmt::format(
        R"({{"jsonrpc":"2.0","method":"notifications/masc/broadcast","params":{{"seq":{},"ts":"2026-03-01T14:{:02}:{:02}Z","from":"codex-calm-otter","content":"fix(api): step {} of the migration is done, tests in tests/api/step_{}_test.py pass; the next one renames the column and rebuilds the index before the release","mention":null}}}})",
        1000 + i, i / 6000 % 60, i / 100 % 60, i, i % 37);
    std::string frame;
    static_cast<void>(encoder.encode(text, frame));
    masc::wire::tell_listeners(folder, frame);
    json += text.size();
    frames += frame.size();
    gathered.push_back(text);
    if (gathered.size() == masc::wire::kBatchMessages) {
      std::string batch;
      static_cast<void>(
          batches.encode(std::vector<std::string_view>(gathered.begin(), gathered.end()), batch));
      batched += batch.size();
      gathered.clear();
    }
    std::this_thread::sleep_until(begin + std::chrono::milliseconds(10) * (i + 1));
  }
  const double sender = cpu_seconds(RUSAGE_SELF) - before;
  masc::wire::tell_listeners(folder, "end");
  std::size_t result[2] = {0, 0};
  const bool told = read(ends[0], result, sizeof result) == static_cast<ssize_t>(sizeof result);
  waitpid(child, nullptr, 0);
  const double receiver = cpu_seconds(RUSAGE_CHILDREN);
  fmt::print(
      "{} s at 100 messages a second: {:.1f} KB/s as JSON, {:.2f} as frames, {:.2f} in batches; "
      "sender {:.2f} % of a CPU, receiver {:.2f} %; {} of {} arrived\n",
      seconds, static_cast<double>(json) / 1e3 / seconds,
      static_cast<double>(frames) / 1e3 / seconds, static_cast<double>(batched) / 1e3 / seconds,
      100 * sender / seconds, 100 * receiver / seconds, told ? result[0] : 0, total);
}

}  // namespace

int main(int argc, char** argv) {
  const int seconds = argc > 1 ? std::atoi(argv[1]) : 60;
  if (seconds < 1) {
    fmt::print(stderr, "usage: masc_bench_notify [SECONDS]\n");
    return 2;
  }
  char root[] = "/tmp/masc-bench-XXXXXX";
  if (mkdtemp(root) == nullptr) return 1;
  const std::string folder = std::string(root) + "/sock";
  fflush(stdout);
  cost(folder);
  fflush(stdout);
  wake(folder);
  fflush(stdout);
  stream(folder, seconds);
  static_cast<void>(masc::remove_tree(root));
}
