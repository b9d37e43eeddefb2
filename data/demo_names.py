"""Names for invented customers, from many languages, so that nothing downstream may assume ASCII."""

from __future__ import annotations

FIRST_NAMES: dict[str, tuple[str, ...]] = {
    "Female": (
        "Amara", "Beatriz", "Chloë", "Danielle", "Elif", "Fatima", "Grace", "Hannah", "Ingrid", "Jasmine",
        "Katarzyna", "Leila", "María", "Naomi", "Olivia", "Priya", "Renée", "Siobhán", "Thảo", "Valentina",
        "Wanda", "Xiu", "Yuki", "Zoë", "Agnieszka", "Carmen", "Eleni", "Josefína", "Layla", "Ayşe",
    ),
    "Male": (
        "Andrés", "Björn", "Carlos", "Dmitri", "Emeka", "François", "Gábor", "Hiroshi", "Ibrahim", "Jürgen",
        "Kwame", "Łukasz", "Marcus", "Noah", "Óscar", "Pedro", "Quentin", "Rajesh", "Søren", "Tomáš", "Umar",
        "Víctor", "William", "Xavier", "Yosef", "Zoltán", "Arjun", "Declan", "Henrik", "José",
    ),
    "Non-binary": (
        "Alex", "Blake", "Casey", "Devon", "Emery", "Finley", "Jules", "Kai", "Noor", "Robin", "Sasha", "Wren",
    ),
}  # fmt: skip

LAST_NAMES: tuple[str, ...] = (
    "Abernathy", "Adeyemi", "Åkesson", "Almeida", "Baptiste", "Becker", "Bianchi", "Błaszczyk", "Brennan",
    "Castañeda", "Chowdhury", "Çelik", "Contreras", "Dąbrowski", "Delacroix", "Dlamini", "Ebersole", "Eriksen",
    "Fairweather", "Fernández", "Fujimoto", "Galloway", "García", "Greenwood", "Großmann", "Haddad",
    "Hargreaves", "Holt", "Ibáñez", "Ishikawa", "Jensen", "Kapoor", "Kovács", "Lefèvre", "Lindqvist",
    "Lombardi", "MacAllister", "Marchetti", "Mbeki", "Montgomery", "Muñoz", "Nakagawa", "Nguyễn", "Novák",
    "O'Sullivan", "Okafor", "Östberg", "Papadopoulos", "Peña", "Petrova", "Quiñones", "Ramaswamy", "Rasmussen",
    "Rousseau", "Saarinen", "Schäfer", "Sharma", "Silveira", "Šimůnek", "Thornbury", "Tremblay", "Ueda",
    "Vandermeer", "Villanueva", "Weiß", "Whitfield", "Yamazaki", "Yılmaz", "Zając", "Zieliński",
)  # fmt: skip
