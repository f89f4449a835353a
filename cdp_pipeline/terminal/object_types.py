"""An object type on the command line: a landing folder's name."""

import click

from cdp_pipeline.values.nearest_name import nearest_names


class ObjectType(click.ParamType[str]):
    """The type of an option that takes an object type; the entities are declared when one is given, not for --help."""

    name = "OBJECT-TYPE"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Give the object type.

        Raises:
            click.BadParameter: There is none of that name; the message names the nearest, or all.
        """
        from cdp_pipeline.entities.registry import BY_OBJECT_TYPE

        text = str(value)
        if text not in BY_OBJECT_TYPE:
            near = nearest_names(text.lower().replace("_", "-"), BY_OBJECT_TYPE)
            proposed = f"did you mean {near[0]}?" if near else f"there are {', '.join(sorted(BY_OBJECT_TYPE))}."
            self.fail(f"'{text}' is not an object type; {proposed}", param, ctx)
        return text
