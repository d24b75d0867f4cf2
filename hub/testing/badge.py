"""The badge of a plugin's tier, for its README."""

from hub.registry.quality import Tier

BADGE = "quality.svg"

COLOURS = {
    Tier.NONE: "#5f6b7a",
    Tier.BRONZE: "#8c5a2b",
    Tier.SILVER: "#66707c",
    Tier.GOLD: "#8a6500",
    Tier.PLATINUM: "#3a5a78",
}
"""Dark enough for white letters."""

LEFT, RIGHT, HEIGHT = 52, 66, 20


def drawn(tier: Tier) -> str:
    """The badge as SVG, the same each time."""
    width = LEFT + RIGHT
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{HEIGHT}" role="img">
  <title>quality: {tier}</title>
  <clipPath id="round"><rect width="{width}" height="{HEIGHT}" rx="3"/></clipPath>
  <g clip-path="url(#round)">
    <rect width="{LEFT}" height="{HEIGHT}" fill="#3d3d3d"/>
    <rect x="{LEFT}" width="{RIGHT}" height="{HEIGHT}" fill="{COLOURS[tier]}"/>
  </g>
  <g fill="#fff" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11" text-anchor="middle">
    <text x="{LEFT / 2:g}" y="14">quality</text>
    <text x="{LEFT + RIGHT / 2:g}" y="14">{tier}</text>
  </g>
</svg>
"""
