"""What every room stands on: errors, money, policy, failpoints, and the rows Company, User, Job and Audit.

The ground knows no app. Nothing about members, points or mail belongs here.
"""
