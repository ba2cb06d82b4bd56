// Plots as SVG: lines with bands over numbers of agents, one panel a shape.
#pragma once

#include <string>
#include <vector>

namespace masc::bench {

struct Point {
  double x = 0;
  double low = 0, middle = 0, high = 0;
};
struct Line {
  std::string name;
  std::string colour;
  std::vector<Point> points;
};
struct Panel {
  std::string title;
  std::vector<Line> lines;
};

// x is drawn by its logarithm; y from 0 on. `reference`: a level that is marked, such as 1.
std::string draw(const std::string& title, const std::string& unit,
                 const std::vector<Panel>& panels, double reference);

}  // namespace masc::bench
