"""Words of the graph of what needs what: (Chinese, English)."""

PAGE = {
    "ends": ("将终止", "ends"),
    "loses-its-base": ("失去依赖，需另办套餐", "loses its base, needs a new package"),
    "stays": ("保留", "stays"),
    "needs": ("需要", "needs"),
    "shared-with": ("其他号码共享", "other lines share it"),
}
