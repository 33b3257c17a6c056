"""Short forms of given names, after folding (members/rules/folding.py): what people call themselves at a till."""

from __future__ import annotations

# One group a line. A short form may stand in several groups: Sasha is Alexander and Alexandra.
_GROUPS = """
alexander aleksandr alex aleks sasha sanya shura sander
alexandra aleksandra sasha shura sandra
aleksei alexei alexey alyosha lyosha lesha
anastasia anastasiya nastya stasya asya
andrew andrei andrey andy drew
anna ann anne annie anya nyura hannah
anthony antony tony anton
barbara varvara barb varya
benjamin binyamin ben benny beni
catherine katherine kathryn ekaterina yekaterina kate katie kathy cathy katya
charles charlie chuck
christopher chris kristofer kit
daniel daniil danila dan danny dani
david dave davy dudi
deborah dvora debbie deb
dmitry dmitri dmitrii dima mitya
edward eduard ed eddie ted
elizabeth elizaveta elisheva liz lizzie beth betty eliza liza
eugene evgeny evgenii yevgeny zhenya gene
evgeniya yevgenia zhenya
francis frank fran
gabriel gabi gabriele gavriel
george georgy georgii yuri yury yura zhora
gregory grigory grigorii greg grisha
irina ira
isaac yitzhak itzhak izik tzahi
jacob yaakov yakov jake kobi
james jim jimmy jamie
jennifer jen jenny
john jonathan jon jack johnny yonatan yoni ioann
joseph yosef iosif joe yossi osya
joshua yehoshua josh shuki
judith yehudit judy
konstantin kostya
lawrence laurence larry
leah lea
leo lev leonid lyonya
lyudmila ludmila lyuda mila
margaret margarita maggie meg peggy rita
maria mariya mary maryam miriam masha mariam miri molly
matthew matvei matt
maxim maksim max maks
michael mikhail mike mick misha michal
natalia natalya nataliya natasha
nicholas nikolai nikolay nick kolya
nina antonina tonya
olga olya
patricia pat patty tricia
patrick pat paddy
paul pavel pasha
peter pyotr petr petya
philip filipp phil
rachel rahel rachely
rebecca rivka becky
richard rick dick rich
robert bob rob bobby
roman roma
ronald ron ronnie
samuel shmuel sam shmulik
sarah sara sari
semyon semen senya
sergei sergey serezha seryozha
sofia sofya sophia sonya
solomon shlomo
stephen steven stepan steve
susan susanna shoshana sue
svetlana sveta
tatiana tatyana tanya
theodore fedor fyodor ted fedya
thomas tom tommy
valentina valya
valery valerii valera
vasily vasilii vasya
veronica veronika vera ronnie nika
victor viktor vitya
victoria viktoria vika vicky
vladimir volodya vova
vyacheslav slava
william bill will billy liam
yelena elena helen lena alyona
zachary zach zak zakhar
"""

_BY_NAME: dict[str, frozenset[int]] = {}
for _number, _line in enumerate(_GROUPS.split("\n")):
    for _name in _line.split():
        _BY_NAME[_name] = _BY_NAME.get(_name, frozenset()) | {_number}


def are_forms_of_one(first: str, second: str) -> bool:
    """Whether two folded given names may be the long and the short of one name."""
    return bool(_BY_NAME.get(first, frozenset()) & _BY_NAME.get(second, frozenset()))
