"""Where Quillmere's customers live: countries, regions, cities and their coordinates. Several cities share a name."""

from __future__ import annotations

from typing import NamedTuple


class City(NamedTuple):
    name: str
    region: str
    country: str
    latitude: float
    longitude: float
    weight: float  # share of customers, relative
    taste: float = 0.0  # added to the ratings given there


# Planted: second in sales and last in ratings.
UNHAPPY_CITY = "Los Angeles"

CITIES: tuple[City, ...] = (
    City("New York City", "NY", "US", 40.7128, -74.0060, 9.0, 0.05),
    City("Los Angeles", "CA", "US", 34.0522, -118.2437, 7.6, -0.62),
    City("Chicago", "IL", "US", 41.8781, -87.6298, 5.2, 0.02),
    City("Houston", "TX", "US", 29.7604, -95.3698, 4.0, 0.0),
    City("Phoenix", "AZ", "US", 33.4484, -112.0740, 2.6, 0.03),
    City("Philadelphia", "PA", "US", 39.9526, -75.1652, 2.9, -0.04),
    City("San Antonio", "TX", "US", 29.4241, -98.4936, 1.7, 0.08),
    City("San Diego", "CA", "US", 32.7157, -117.1611, 2.4, 0.07),
    City("Dallas", "TX", "US", 32.7767, -96.7970, 3.3, 0.01),
    City("San Francisco", "CA", "US", 37.7749, -122.4194, 4.6, 0.10),
    City("Austin", "TX", "US", 30.2672, -97.7431, 2.7, 0.12),
    City("Seattle", "WA", "US", 47.6062, -122.3321, 3.6, 0.06),
    City("Denver", "CO", "US", 39.7392, -104.9903, 2.5, 0.09),
    City("Boston", "MA", "US", 42.3601, -71.0589, 3.2, -0.02),
    City("Washington", "DC", "US", 38.9072, -77.0369, 2.6, 0.0),
    City("Nashville", "TN", "US", 36.1627, -86.7816, 1.5, 0.10),
    City("Atlanta", "GA", "US", 33.7490, -84.3880, 2.9, 0.02),
    City("Miami", "FL", "US", 25.7617, -80.1918, 2.4, -0.20),
    City("Orlando", "FL", "US", 28.5384, -81.3789, 1.2, 0.05),
    City("Tampa", "FL", "US", 27.9506, -82.4572, 1.3, 0.03),
    City("Minneapolis", "MN", "US", 44.9778, -93.2650, 1.8, 0.11),
    City("Detroit", "MI", "US", 42.3314, -83.0458, 1.5, -0.08),
    City("Columbus", "OH", "US", 39.9612, -82.9988, 1.4, 0.04),
    City("Columbus", "GA", "US", 32.4610, -84.9877, 0.4, 0.0),
    City("Charlotte", "NC", "US", 35.2271, -80.8431, 1.5, 0.06),
    City("Raleigh", "NC", "US", 35.7796, -78.6382, 1.0, 0.09),
    City("Portland", "OR", "US", 45.5152, -122.6784, 2.2, 0.14),
    City("Portland", "ME", "US", 43.6591, -70.2568, 0.6, 0.10),
    City("Springfield", "IL", "US", 39.7817, -89.6501, 0.5, 0.0),
    City("Springfield", "MO", "US", 37.2090, -93.2923, 0.5, 0.02),
    City("Springfield", "MA", "US", 42.1015, -72.5898, 0.5, -0.05),
    City("Kansas City", "MO", "US", 39.0997, -94.5786, 0.9, 0.05),
    City("Kansas City", "KS", "US", 39.1141, -94.6275, 0.4, 0.0),
    City("Las Vegas", "NV", "US", 36.1699, -115.1398, 1.3, -0.03),
    City("Salt Lake City", "UT", "US", 40.7608, -111.8910, 1.1, 0.10),
    City("New Orleans", "LA", "US", 29.9511, -90.0715, 0.9, 0.02),
    City("Milwaukee", "WI", "US", 43.0389, -87.9065, 0.9, 0.06),
    City("Louisville", "KY", "US", 38.2527, -85.7585, 0.8, 0.03),
    City("Albuquerque", "NM", "US", 35.0844, -106.6504, 0.7, 0.02),
    City("Indianapolis", "IN", "US", 39.7684, -86.1581, 1.1, 0.03),
    City("Honolulu", "HI", "US", 21.3069, -157.8583, 0.5, -0.25),
    City("Toronto", "ON", "Canada", 43.6532, -79.3832, 2.6, 0.04),
    City("London", "ON", "Canada", 42.9849, -81.2453, 0.5, 0.02),
    City("Montréal", "QC", "Canada", 45.5017, -73.5673, 1.5, -0.02),
    City("Québec", "QC", "Canada", 46.8139, -71.2080, 0.4, 0.0),
    City("Vancouver", "BC", "Canada", 49.2827, -123.1207, 1.3, 0.08),
    City("London", "England", "United Kingdom", 51.5074, -0.1278, 4.3, -0.06),
    City("Manchester", "England", "United Kingdom", 53.4808, -2.2426, 1.3, 0.0),
    City("Edinburgh", "Scotland", "United Kingdom", 55.9533, -3.1883, 0.6, 0.05),
    City("Berlin", "Berlin", "Germany", 52.5200, 13.4050, 1.2, -0.10),
    City("München", "Bayern", "Germany", 48.1351, 11.5820, 1.0, -0.05),
    City("Köln", "Nordrhein-Westfalen", "Germany", 50.9375, 6.9603, 0.6, -0.04),
    City("Paris", "Île-de-France", "France", 48.8566, 2.3522, 1.1, -0.12),
    City("Lyon", "Auvergne-Rhône-Alpes", "France", 45.7640, 4.8357, 0.4, -0.05),
    City("Ciudad de México", "CDMX", "Mexico", 19.4326, -99.1332, 1.0, 0.09),
    City("Mérida", "Yucatán", "Mexico", 20.9674, -89.5926, 0.3, 0.12),
    City("Tokyo", "Tōkyō", "Japan", 35.6762, 139.6503, 0.7, -0.08),
)  # fmt: skip
