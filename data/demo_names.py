"""Names for invented customers: given and family names go together by origin, and origins by country. Many are not
ASCII, so that nothing downstream may assume it."""

from __future__ import annotations

from typing import NamedTuple


class Origin(NamedTuple):
    """Names that go together."""

    female: list[str]
    male: list[str]
    family: list[str]


def _origin(female: str, male: str, family: str) -> Origin:
    return Origin(female.split(), male.split(), family.split())


ORIGINS: dict[str, Origin] = {
    "English": _origin(
        "Abigail Alice Amelia Amy Anna Audrey Beth Bridget Brooke Caroline Catherine Charlotte Chloe Claire Daisy "
        "Danielle Eleanor Eliza Emily Emma Erin Esther Eve Faith Fiona Grace Hannah Harriet Hazel Heather Helen "
        "Holly Isabel Ivy Jane Jasmine Jennifer Joan Josephine Julia Kate Kayla Laura Leah Lily Lucy Madison "
        "Margaret Martha Megan Molly Naomi Natalie Nora Olivia Paige Phoebe Rachel Rebecca Rose Ruth Sadie Sarah "
        "Sophie Stella Susan Tessa Violet Wendy Zoë",
        "Aaron Adam Albert Alexander Andrew Anthony Arthur Austin Benjamin Blake Brian Caleb Calvin Charles "
        "Christopher Clark Cole Connor Curtis Daniel David Declan Dennis Dominic Edward Elliot Ethan Evan Felix "
        "Francis Frank Gabriel George Graham Grant Harold Harvey Henry Hugh Isaac Jack Jacob James Jared Jason "
        "Jonathan Joseph Kenneth Kevin Leo Liam Lucas Malcolm Marcus Mark Martin Matthew Miles Nathan Nicholas Noah "
        "Oliver Oscar Owen Patrick Paul Peter Philip Quentin Raymond Robert Russell Ryan Samuel Scott Sean Simon "
        "Stephen Theodore Thomas Toby Tyler Victor Vincent Walter Wesley William",
        "Abbott Abernathy Adams Aldridge Ashworth Atwood Baker Barlow Barrett Beckett Bennett Bishop Blackwell "
        "Bradshaw Brennan Briggs Brooks Burgess Burke Caldwell Callahan Carver Chandler Clayton Collins Conway "
        "Cooper Crawford Dalton Davenport Dawson Delaney Dixon Donovan Doyle Drake Duncan Eastwood Ellison Emerson "
        "Everett Fairbanks Fairweather Farrell Finch Fitzgerald Fletcher Foster Gallagher Galloway Gardner Gibson "
        "Goodwin Greenwood Griffin Hale Hargreaves Harper Hartley Hastings Hawkins Hayes Hollis Holloway Holt "
        "Hopkins Hughes Hutton Jennings Keating Kendall Kingsley Lambert Langley Lawson Lockwood MacAllister Maddox "
        "Marlowe Marsh Mercer Middleton Montgomery Morton Murdoch Nash Newell Norwood O'Connor O'Sullivan Palmer "
        "Parrish Pearson Pembroke Porter Prescott Quinn Radcliffe Ramsey Redmond Reeves Rhodes Rowland Sawyer "
        "Sheffield Sheridan Sinclair Stanton Sterling Sutton Talbot Thornbury Townsend Tucker Underhill Vaughn "
        "Wakefield Walsh Warner Weaver Webb Whitaker Whitfield Wilder Winslow Woodward Wyatt York",
    ),
    "Spanish": _origin(
        "Adriana Alejandra Ana Beatriz Camila Carmen Catalina Daniela Elena Esperanza Gabriela Guadalupe Inés "
        "Isabella Jimena Leticia Lucía Mariana María Marisol Noemí Paola Pilar Renata Rocío Sofía Teresa Valentina "
        "Verónica Ximena",
        "Alejandro Andrés Antonio Carlos César Diego Eduardo Emilio Enrique Esteban Felipe Fernando Gustavo Héctor "
        "Ignacio Javier Jesús Joaquín Jorge José Julián Luis Manuel Mateo Miguel Óscar Pablo Rafael Raúl Ricardo "
        "Rodrigo Santiago Sergio Tomás Víctor",
        "Acosta Aguilar Alvarado Arroyo Ávila Benítez Calderón Camacho Castañeda Cisneros Contreras Cordero Delgado "
        "Domínguez Escobar Espinoza Estrada Fernández Figueroa Fuentes Gallegos García Guerrero Herrera Ibáñez "
        "Jiménez Lozano Maldonado Márquez Medina Mendoza Montoya Muñoz Navarro Núñez Olivares Ortega Pacheco Peña "
        "Quiñones Ramírez Rincón Robles Salazar Sandoval Solís Trujillo Valdez Vázquez Villanueva Zamora Zúñiga",
    ),
    "German": _origin(
        "Anneliese Britta Clara Dorothea Elke Frieda Greta Heike Hilde Ilse Johanna Jule Käthe Katrin Leonie "
        "Lieselotte Lotte Marlene Mathilda Mia Renate Sabine Susanne Ulrike Ursula",
        "Bastian Bernd Christoph Dieter Emil Erik Ernst Florian Friedrich Günter Hannes Holger Jonas Jörg Jürgen "
        "Kai Karl Klaus Lars Lukas Maximilian Moritz Otto Rainer Stefan Sven Thorsten Till Uwe Wolfgang",
        "Albrecht Baumann Becker Brandt Dietrich Engel Fischer Frank Fuchs Geiger Großmann Günther Hahn Hartmann "
        "Herrmann Hofmann Jäger Kaiser Keller Köhler König Krämer Krüger Lindemann Lorenz Möller Neumann Pfeiffer "
        "Reinhardt Richter Sauer Schäfer Schröder Seidel Sommer Steiner Vogel Weber Weiß Winkler Zimmermann",
    ),
    "French": _origin(
        "Adèle Amélie Anaïs Audrey Aurélie Camille Céline Chloë Clémence Élise Émilie Geneviève Hélène Inès Jeanne "
        "Josée Léa Louise Manon Mélanie Noémie Océane Renée Solène Sylvie",
        "Adrien Alexandre Antoine Benoît Bruno Cédric Didier Édouard Émile Étienne François Gaël Guillaume Hugo "
        "Jean Jérôme Julien Laurent Loïc Luc Mathieu Maxime Nicolas Olivier Pascal Rémi Sébastien Théo Thierry Yves",
        "Arsenault Barbier Beaulieu Bélanger Bergeron Blanchard Bouchard Boucher Boulanger Caron Chevalier Côté "
        "Delacroix Delorme Desjardins Dubois Fontaine Fournier Gagnon Gauthier Girard Lachance Lambert Lapointe "
        "Leblanc Leclerc Lefèvre Lemieux Marchand Mercier Moreau Pelletier Perrault Renaud Rousseau Roy Simard "
        "Tessier Thibault Tremblay",
    ),
    "Nordic": _origin(
        "Annika Astrid Birgit Ebba Eira Elsa Freja Hedda Ingrid Karin Kirsten Liv Maja Saga Sigrid Signe Solveig "
        "Tuva Åsa",
        "Anders Axel Bjarne Björn Einar Eskil Gunnar Håkon Henrik Jens Johan Lars Leif Magnus Mikkel Nils Olav "
        "Rasmus Søren Torben Ulf",
        "Åkesson Andersson Berglund Christensen Dahl Ekström Eriksen Fredriksen Gustafsson Hagen Halvorsen Hansen "
        "Holmberg Jensen Johansen Karlsson Kjær Larsen Lindqvist Lund Mikkelsen Nyström Östberg Rasmussen Saarinen "
        "Sandberg Sørensen Strand Virtanen Wallin",
    ),
    "Polish": _origin(
        "Agnieszka Aleksandra Barbara Dorota Elżbieta Ewa Gabriela Halina Izabela Joanna Katarzyna Magdalena "
        "Małgorzata Marta Monika Natalia Paulina Weronika Wanda Zofia",
        "Adam Andrzej Bartosz Dariusz Filip Grzegorz Jacek Jakub Janusz Kamil Krzysztof Łukasz Maciej Marek Mateusz "
        "Michał Paweł Piotr Stanisław Tomasz Wojciech Zbigniew",
        "Adamczyk Błaszczyk Borkowski Chmielewski Czajka Dąbrowski Dudek Głowacki Górski Jabłoński Kaczmarek "
        "Kamiński Kozłowski Król Lewandowski Malinowski Mazur Michalak Nowicki Pawlak Sikora Sobczak Szymański "
        "Walczak Wiśniewski Wójcik Zając Zieliński",
    ),
    "Italian": _origin(
        "Alessia Bianca Carlotta Chiara Elisa Federica Francesca Giada Giulia Ilaria Lucia Martina Paola Rosa "
        "Silvia Viola",
        "Alessandro Angelo Aldo Bruno Claudio Dante Enzo Fabio Gianluca Giovanni Lorenzo Luca Marco Matteo Nico "
        "Paolo Pietro Riccardo Roberto Salvatore Vito",
        "Barone Bellini Benedetti Bianchi Caruso Colombo Conti D'Angelo Deluca Esposito Ferrara Fontana Galli "
        "Gentile Grasso Leone Lombardi Marchetti Marino Messina Moretti Orlando Pellegrini Ricci Rizzo Romano "
        "Rossetti Santoro Serra Valentini Vitale",
    ),
    "Indian": _origin(
        "Aditi Ananya Anjali Deepa Divya Gauri Isha Kavya Lakshmi Leela Meera Neha Nisha Pooja Priya Radhika Riya "
        "Shreya Sunita Tara Uma Vidya",
        "Aditya Ajay Amit Anil Arjun Ashok Deepak Gaurav Harish Karan Kiran Manoj Nikhil Pranav Rahul Rajesh Rohan "
        "Sanjay Siddharth Suresh Varun Vikram",
        "Agarwal Banerjee Bhatt Chandra Chatterjee Chowdhury Das Desai Deshpande Dutta Ghosh Gupta Iyer Joshi "
        "Kapoor Kulkarni Malhotra Mehta Menon Mukherjee Nair Pandey Patel Pillai Ramaswamy Rao Reddy Sethi Shah "
        "Sharma Subramanian Varma",
    ),
    "Chinese": _origin(
        "Hui Jia Jing Lan Li Ling Mei Min Na Qing Shu Ting Wei Xia Xin Xiu Yan Ying Yun Zhen",
        "Bo Chen Feng Gang Hao Hong Jian Jun Kai Lei Long Ming Peng Qiang Rui Tao Wen Xiang Yong Zhi",
        "Cai Cao Chang Chu Deng Fang Feng Gao Guo Han He Hou Huang Jiang Lin Liu Lü Luo Mao Meng Pan Qian Shen Song "
        "Sun Tang Wang Wu Xie Xu Yang Yao Yuan Zhang Zhao Zheng Zhou Zhu",
    ),
    "Vietnamese": _origin(
        "Ánh Bích Diệu Hạnh Hiền Hoa Hương Lan Linh Mai Ngọc Phương Quỳnh Thảo Thúy Trang Tuyết Vân Yến",
        "Anh Bảo Cường Dũng Đức Hải Hiếu Hùng Khánh Long Minh Nam Phong Phúc Quang Sơn Thành Tuấn Việt",
        "Bùi Cao Đặng Đinh Đỗ Dương Hồ Hoàng Huỳnh Lâm Lê Lương Lý Mai Ngô Nguyễn Phạm Phan Tạ Tô Trần Trịnh Trương "
        "Võ Vũ",
    ),
    "Arabic": _origin(
        "Aisha Amal Amina Dalia Fatima Farah Hala Hanan Jamila Layla Leila Mariam Nadia Noor Rania Salma Samira "
        "Yasmin Zahra",
        "Ahmed Ali Bilal Faisal Fuad Hassan Ibrahim Jamal Kamal Karim Khalid Mahmoud Mustafa Nabil Omar Rashid "
        "Samir Tariq Umar Yusuf Ziad",
        "Abdallah Aziz Darwish Farouk Habib Haddad Hakim Hamdan Hussein Jaber Kassem Khalil Khoury Mansour Masri "
        "Mourad Najjar Nasser Osman Qureshi Rahman Said Saleh Sayegh Shaheen Younis Zaman",
    ),
    "African": _origin(
        "Abena Adaeze Akosua Amara Ayodele Chiamaka Efua Folake Hawa Ifeoma Imani Kemi Makena Nandi Ngozi Nia "
        "Thandiwe Wanjiru Yetunde Zola",
        "Ade Bayo Chidi Chinedu Emeka Femi Jabari Kofi Kojo Kwabena Kwame Mandla Obinna Olumide Sekou Sipho Tendai "
        "Themba Tunde Uche",
        "Acheampong Achebe Adeyemi Afolabi Agyeman Asante Balogun Boateng Diallo Dlamini Eze Kamau Keita Khumalo "
        "Mbeki Mensah Mutua Ndlovu Nkrumah Nwosu Obi Odhiambo Okafor Okonkwo Olawale Osei Owusu Sesay Traoré "
        "Wanjala",
    ),
    "Japanese": _origin(
        "Aiko Akari Ayumi Emi Hana Haruka Kaori Keiko Kumiko Mai Mariko Midori Naoko Rin Sakura Sayuri Tomoko Yui "
        "Yuki Yumi",
        "Akira Daichi Daisuke Haruto Hiroshi Ichirō Kaito Kazuo Kenji Kenta Makoto Masaru Naoki Ren Ryō Satoshi Shō "
        "Takeshi Tatsuya Yūta",
        "Abe Arai Endō Fujimoto Fukuda Gotō Hasegawa Hayashi Inoue Ishikawa Itō Kimura Kobayashi Kondō Maeda "
        "Matsumoto Mori Murakami Nakagawa Ogawa Okada Ōta Saitō Sakamoto Sasaki Shimizu Suzuki Takahashi Tanaka "
        "Ueda Watanabe Yamazaki",
    ),
    "Turkish": _origin(
        "Ayşe Aylin Burcu Defne Derya Ebru Elif Esra Gül Gülşen Nazlı Pınar Selin Sibel Tuğba Yağmur Zeynep",
        "Ahmet Barış Berk Can Cem Deniz Emre Erdem Hakan İbrahim Kaan Kerem Mehmet Murat Onur Serkan Tolga Uğur "
        "Volkan Yiğit",
        "Aksoy Arslan Aydın Bozkurt Çelik Çetin Demir Doğan Erdoğdu Güneş Kaplan Kaya Keskin Kılıç Koç Korkmaz "
        "Özdemir Öztürk Polat Şahin Şimşek Tekin Toprak Yıldız Yılmaz Yüksel",
    ),
}

EITHER = [  # given names of any gender and origin
    "Alex", "Avery", "Cameron", "Casey", "Devon", "Emery", "Finley", "Harley", "Jamie", "Jordan", "Jules", "Kai",
    "Morgan", "Noor", "Quinn", "Reese", "Robin", "Rowan", "Sasha", "Skyler", "Taylor", "Wren",
]  # fmt: skip

# How many of a country's customers have names of which origin, relative.
MIXTURES: dict[str, dict[str, float]] = {
    "US": {
        "English": 50, "Spanish": 17, "German": 4, "French": 2, "Nordic": 3, "Polish": 3, "Italian": 4, "Indian": 4,
        "Chinese": 4, "Vietnamese": 2, "Arabic": 2, "African": 4, "Japanese": 1,
    },
    "Canada": {"English": 45, "French": 28, "Indian": 8, "Chinese": 8, "Arabic": 4, "Polish": 3, "Italian": 4},
    "United Kingdom": {"English": 74, "Indian": 9, "Polish": 5, "African": 6, "Arabic": 3, "Italian": 3},
    "Germany": {"German": 76, "Turkish": 12, "Polish": 6, "Italian": 3, "Arabic": 3},
    "France": {"French": 78, "Arabic": 9, "African": 6, "Italian": 4, "Spanish": 3},
    "Mexico": {"Spanish": 97, "German": 2, "Arabic": 1},
    "Japan": {"Japanese": 95, "Chinese": 3, "English": 2},
}  # fmt: skip
