SHAPES=("countries","us-states")
def release(n): return "1"
