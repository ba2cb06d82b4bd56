#include "plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace masc::bench {
namespace {

constexpr double kWidth = 250;
constexpr double kHeight = 180;
constexpr double kLeft = 40;
constexpr double kTop = 50;
constexpr double kGap = 30;
constexpr double kBottom = 55;

class Drawing {
 public:
  Drawing(const std::vector<Panel>& panels, double reference) : reference_(reference) {
    top_ = reference;
    for (const Panel& panel : panels) {
      for (const Line& line : panel.lines) {
        for (const Point& point : line.points) {
          top_ = std::max(top_, std::min(point.high, 3 * std::max(reference, point.middle)));
          least_ = std::min(least_, point.x);
          most_ = std::max(most_, point.x);
        }
      }
    }
    top_ *= 1.05;
  }

  void panel(const Panel& panel, std::size_t index) {
    left_ = kLeft + static_cast<double>(index) * (kWidth + kGap);
    text(left_ + kWidth / 2, kTop - 10, "middle", panel.title);
    rule(left_, kTop + kHeight, left_ + kWidth, kTop + kHeight, "#888");
    rule(left_, kTop, left_, kTop + kHeight, "#888");
    if (reference_ > 0) rule(left_, y(reference_), left_ + kWidth, y(reference_), "#bbb");
    for (int i = 0; i <= 4; ++i) {
      const double value = top_ * i / 4;
      text(left_ - 4, y(value) + 4, "end", fmt::format("{:.2g}", value));
    }
    for (double value = least_; value <= most_ * 1.001; value *= 2)
      text(x(value), kTop + kHeight + 16, "middle", fmt::format("{:g}", value));
    for (const Line& one : panel.lines) line(one);
  }

  std::string take() { return std::move(out_); }
  void legend(const std::vector<Line>& lines) {
    double at = kLeft;
    for (const Line& one : lines) {
      rule(at, kTop + kHeight + 38, at + 20, kTop + kHeight + 38, one.colour);
      text(at + 26, kTop + kHeight + 42, "start", one.name);
      at += 110;
    }
  }

 private:
  double x(double value) const {
    const double range = std::max(0.001, std::log(most_ / least_));
    return left_ + 8 + (kWidth - 16) * std::log(value / least_) / range;
  }
  double y(double value) const {
    return kTop + kHeight - kHeight * std::clamp(value / top_, 0.0, 1.0);
  }
  void text(double at, double height, const char* anchor, const std::string& words) {
    out_ += fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", at,
                        height, anchor, words);
  }
  void rule(double x1, double y1, double x2, double y2, const std::string& colour) {
    out_ += fmt::format(
        "<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" stroke=\"{}\"/>\n", x1, y1,
        x2, y2, colour);
  }
  void line(const Line& one) {
    std::string band;
    std::string middle;
    for (const Point& point : one.points) {
      band += fmt::format("{:.1f},{:.1f} ", x(point.x), y(point.high));
      middle += fmt::format("{:.1f},{:.1f} ", x(point.x), y(point.middle));
    }
    for (auto point = one.points.rbegin(); point != one.points.rend(); ++point)
      band += fmt::format("{:.1f},{:.1f} ", x(point->x), y(point->low));
    out_ += fmt::format("<polygon points=\"{}\" fill=\"{}\" fill-opacity=\"0.15\"/>\n", band,
                        one.colour);
    out_ +=
        fmt::format("<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"/>\n",
                    middle, one.colour);
  }

  std::string out_;
  double reference_;
  double top_ = 0;
  double least_ = 1e9;
  double most_ = 0;
  double left_ = 0;
};

}  // namespace

std::string draw(const std::string& title, const std::string& unit,
                 const std::vector<Panel>& panels, double reference) {
  Drawing drawing(panels, reference);
  for (std::size_t i = 0; i < panels.size(); ++i) drawing.panel(panels[i], i);
  if (!panels.empty()) drawing.legend(panels.front().lines);
  const double width = kLeft + static_cast<double>(panels.size()) * (kWidth + kGap);
  const double height = kTop + kHeight + kBottom;
  return fmt::format(
             "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" "
             "width=\"{0:.0f}\" height=\"{1:.0f}\" font-family=\"sans-serif\" font-size=\"11\" "
             "fill=\"#333\">\n<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
             "<text x=\"{2:.0f}\" y=\"20\" font-size=\"14\">{3}</text>\n"
             "<text x=\"{4:.0f}\" y=\"20\" text-anchor=\"end\">{5}, by number of agents; "
             "median, 10 to 90 %</text>\n",
             width, height, kLeft, title, width - kGap, unit) +
         drawing.take() + "</svg>\n";
}

}  // namespace masc::bench
