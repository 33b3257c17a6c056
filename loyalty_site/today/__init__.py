"""The Today page: figures of all apps, each with its period and the rows behind it, as the asker's role allows."""

from loyalty_site.today.page import today_page

__all__ = ["today_page"]
