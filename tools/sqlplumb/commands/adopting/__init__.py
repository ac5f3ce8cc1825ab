"""Databases that nobody versioned: which revision they are, and how they get to one.

adopt      held against the history, and stamped where it is plumb
found      what it is found to be; sought: at which revision
adoption   one database that is to be adopted, and what is offered
bridge     a revision beside the history that leads to it; bridged: run
"""
