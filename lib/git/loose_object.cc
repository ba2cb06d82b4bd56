#include "git/loose_object.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <limits>

#include "base/file.h"
#include "base/system.h"
#include "base/text.h"

namespace masc::git {
namespace {

// Most objects are small, and packed again by `gc`. What isn't takes a fifth less so.
constexpr int kFastest = 1, kTight = 6;
constexpr std::size_t kSmallBytes = 4096;
constexpr int kSmallestWindow = 9;
constexpr int kLargestWindow = 15;

Result<std::string> deflate_all(std::string_view header, std::string_view data) {
  const std::size_t size = header.size() + data.size();
  if (size > std::numeric_limits<uInt>::max() / 2)
    return fail(ErrorCode::kInvalid, "{} bytes are too many for one object", size);
  const int window =
      std::clamp(static_cast<int>(std::bit_width(size)), kSmallestWindow, kLargestWindow);
  const int level = size < kSmallBytes ? kFastest : kTight;
  z_stream stream{};
  // zlib's own pairing at full size is a window of 15 with a memory level of 8.
  if (deflateInit2(&stream, level, Z_DEFLATED, window, window - 7, Z_DEFAULT_STRATEGY) != Z_OK)
    return fail(ErrorCode::kIo, "zlib has no memory");
  std::string out(deflateBound(&stream, static_cast<uLong>(size)), '\0');
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  int status = Z_OK;
  for (const std::string_view part : {header, data}) {
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(part.data()));
    stream.avail_in = static_cast<uInt>(part.size());
    status = deflate(&stream, part.data() == data.data() ? Z_FINISH : Z_NO_FLUSH);
  }
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (status != Z_STREAM_END) return fail(ErrorCode::kBug, "zlib did not finish: {}", status);
  return out;
}

}  // namespace

Result<void> write_loose_object(const std::string& objects, std::string_view hex,
                                std::string_view type, std::string_view data) {
  const std::string header = fmt::format("{} {}", type, data.size()) + '\0';
  MASC_TRY(const std::string packed, deflate_all(header, data));
  const std::string folder = fmt::format("{}/{}", objects, hex.substr(0, 2));
  const std::string path = fmt::format("{}/{}", folder, hex.substr(2));
  const std::string temporary = fmt::format("{}/tmp_obj_{:016x}", folder, random_bits());
  constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC;
  Fd file(open(temporary.c_str(), kFlags, 0444));
  if (!file && errno == ENOENT) {
    if (mkdir(folder.c_str(), 0777) != 0 && errno != EEXIST)
      return fail(os_error(errno, "cannot write to " + objects));
    file = Fd(open(temporary.c_str(), kFlags, 0444));
  }
  if (!file) return fail(os_error(errno, "cannot write to " + objects));
  auto written = write_all(file.get(), packed, path);
  if (written && rename(temporary.c_str(), path.c_str()) == 0) return {};
  const int why = errno;
  unlink(temporary.c_str());
  if (!written) return written;
  return fail(os_error(why, "cannot write to " + objects));
}

}  // namespace masc::git
