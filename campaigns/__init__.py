"""What we tell them: audiences, templates, campaigns. Its tables come with the first mailing."""
